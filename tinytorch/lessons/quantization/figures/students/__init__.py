"""The border between figures and students' code: what goes wrong there becomes a sentence.

`figure` passes every function of a student through `checked`. What such a function raises, and a
result that no figure can be drawn from, is then a StudentCodeError. All other exceptions in a
figure are mistakes of this package, and pass.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinytorch.lessons.quantization.figures.students.errors import StudentCodeError
from tinytorch.lessons.quantization.figures.students.functions import (
    checked_analyze,
    checked_dequantize,
    checked_integer_linear,
    checked_quantize,
    checked_quantize_bias,
)
from tinytorch.lessons.quantization.figures.students.layers import checked_layer
from tinytorch.lessons.quantization.figures.students.models import (
    checked_quantize_model,
    outputs,
    require_deployable,
    require_rounding,
)

__all__ = ["StudentCodeError", "checked", "outputs", "require_deployable", "require_rounding"]

BY_NAME: dict[str, Callable[[Any], Callable[..., Any]]] = {
    "quantize_int8": checked_quantize,
    "dequantize_int8": checked_dequantize,
    "QuantizedLinear": checked_layer,
    "quantize_model": checked_quantize_model,
    "analyze_model_sizes": checked_analyze,
    "quantize_bias": checked_quantize_bias,
    "integer_linear": checked_integer_linear,
}


def checked(name: str, value: Any) -> Any:
    """What a figure is given under a name: a student's function with checks around it, or the same.

    Args:
        name: of the figure's parameter, such as "quantize_int8".
        value: what was passed for it.

    Returns:
        A function that raises StudentCodeError for everything that is wrong with the student's;
        for other parameters the value itself.
    """
    return BY_NAME[name](value) if name in BY_NAME else value
