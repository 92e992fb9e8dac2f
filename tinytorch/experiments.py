"""The figures of the quantization lesson, under the name that its notebook imports.

Every function measures for real and returns a matplotlib Figure; they are in
`tinytorch.lessons.quantization.figures`.
"""

from tinytorch.lessons.quantization.figures import *  # noqa: F403
from tinytorch.lessons.quantization.figures import __all__ as __all__
