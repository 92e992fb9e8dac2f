"""tinytorch: a small NumPy deep-learning library to learn INT8 quantization with.

    import tinytorch

    model = tinytorch.datasets.load_digits_model()
    digits = tinytorch.datasets.load_digits()
    tinytorch.perf.quantization.quantize_model(model, [digits.train_images[:100]])

`tinytorch.core` has Tensor, the layers of a network and training, `tinytorch.perf` quantization,
analysis, profiling and model files, `tinytorch.datasets` the digits and a network trained on them.
"""

import importlib
from types import ModuleType

from tinytorch import _start, core
from tinytorch.core import (
    GELU,
    Dropout,
    Flatten,
    Linear,
    ReLU,
    Sequential,
    Sigmoid,
    Softmax,
    Tanh,
    Tensor,
)

_start.restore()

__all__ = [
    "GELU",
    "Dropout",
    "Flatten",
    "Linear",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "Tensor",
    "core",
    "datasets",
    "perf",
]
__version__ = "0.2.0"


def __dir__() -> list[str]:
    return sorted(__all__)


def __getattr__(name: str) -> ModuleType:
    """Import `datasets` and `perf` when they are first asked for: `import tinytorch` is cheap."""
    if name in ("datasets", "perf"):
        return importlib.import_module(f"tinytorch.{name}")
    raise AttributeError(f"module 'tinytorch' has no attribute {name!r}")
