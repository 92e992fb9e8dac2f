"""Checks around students' quantize_int8, dequantize_int8 and analyze_model_sizes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

import numpy as np

from tinytorch.core.tensor import Tensor
from tinytorch.lessons.quantization.figures.students.errors import require, running
from tinytorch.perf.quantization.sizes import ModelSizes

SIZES = tuple(ModelSizes.__annotations__)


def checked_quantize(function: Any) -> Callable[[Tensor], tuple[Tensor, float, int]]:
    """A quantize_int8 that returns int8 codes of the right shape, a scale and a zero point."""
    name = "quantize_int8"

    def call(tensor: Tensor) -> tuple[Tensor, float, int]:
        with running(name, name):
            result = function(tensor)
        expected = "(q_tensor, scale, zero_point) was expected"
        require(
            isinstance(result, (tuple, list)) and len(result) == 3,
            f"{name} returned {kind(result)}, where {expected}",
            name,
        )
        codes, scale, zero_point = result
        check_codes(codes, tensor.shape, f"the codes that {name} returned", name)
        check_scale(scale, f"the scale that {name} returned", name)
        check_zero_point(zero_point, f"the zero point that {name} returned", name)
        return codes, float(scale), int(zero_point)

    return call


def checked_dequantize(function: Any) -> Callable[[Tensor, float, int], Tensor]:
    """A dequantize_int8 that returns finite floats of the right shape."""
    name = "dequantize_int8"

    def call(q_tensor: Tensor, scale: float, zero_point: int) -> Tensor:
        with running(name, name):
            result = function(q_tensor, scale, zero_point)
        check_floats(result, q_tensor.shape, f"what {name} returned", name)
        return result

    return call


def checked_quantize_bias(function: Any) -> Callable[[Tensor, float], Tensor]:
    """A quantize_bias that returns int32 codes of the right shape."""

    def call(bias: Tensor, scale: float) -> Tensor:
        with running("quantize_bias", "integers"):
            result = function(bias, scale)
        check_codes(result, bias.shape, "what quantize_bias returned", "integers", np.int32)
        return result

    return call


def checked_integer_linear(function: Any) -> Callable[..., Tensor]:
    """An integer_linear that returns int8 codes of the right shape."""

    def call(q_x: Tensor, x_zero_point: int, q_weight: Tensor, *others: Any) -> Tensor:
        with running("integer_linear", "integers"):
            result = function(q_x, x_zero_point, q_weight, *others)
        shape = (q_x.shape[0], q_weight.shape[1])
        check_codes(result, shape, "what integer_linear returned", "integers")
        return result

    return call


def checked_analyze(function: Any) -> Callable[[Any, Any], Mapping[str, Any]]:
    """An analyze_model_sizes that returns a dict with a number for every key."""
    name = "analyze_model_sizes"

    def call(original: Any, quantized: Any) -> Mapping[str, Any]:
        with running(name, name):
            result = function(original, quantized)
        is_dict = isinstance(result, Mapping)
        require(is_dict, f"{name} returned {kind(result)}, where a dict was expected", name)
        for key in SIZES:
            require(key in result, f'the dict that {name} returned has no key "{key}"', name)
            what = f'what {name} returned as "{key}"'
            number = _number(result[key])
            require(
                number is not None and math.isfinite(number),
                f"{what} is {_shown(result[key])}, where a finite number was expected",
                name,
            )
            is_size = "saved" not in key
            is_right = number is not None and (number > 0 or not is_size)
            require(is_right, f"{what} is {number}, where more than 0 was expected", name)
        return {key: float(result[key]) for key in SIZES}

    return call


def check_codes(
    value: Any, shape: tuple[int, ...], what: str, exercise: str, expected: Any = np.int8
) -> None:
    """Refuse what is no Tensor of codes of a shape."""
    _check_tensor(value, what, exercise)
    dtype = value.data.dtype
    fault = f"the dtype of {what} is {dtype}, where {np.dtype(expected)} was expected"
    require(dtype == expected, fault, exercise)
    _check_shape(value, shape, what, exercise)


def check_floats(value: Any, shape: tuple[int, ...], what: str, exercise: str) -> None:
    """Refuse what is no Tensor of finite floats of a shape."""
    _check_tensor(value, what, exercise)
    dtype = value.data.dtype
    is_float = dtype.kind == "f"
    require(is_float, f"the dtype of {what} is {dtype}, where float32 was expected", exercise)
    _check_shape(value, shape, what, exercise)
    wrong = int(np.count_nonzero(~np.isfinite(value.data)))
    require(
        wrong == 0, f"{wrong:,} of {value.size:,} values of {what} are NaN or infinite", exercise
    )


def check_scale(value: Any, what: str, exercise: str) -> None:
    """Refuse what is no finite number above 0."""
    number = _number(value)
    is_scale = number is not None and 0 < number < math.inf
    expected = "where a finite number above 0 was expected"
    require(is_scale, f"{what} is {_shown(value)}, {expected}", exercise)


def check_zero_point(value: Any, what: str, exercise: str) -> None:
    """Refuse what is no whole number that int8 can hold."""
    number = _number(value)
    is_code = number is not None and -128 <= number <= 127 and number == int(number)
    expected = "where an integer from -128 to 127 was expected"
    require(is_code, f"{what} is {_shown(value)}, {expected}", exercise)


def kind(value: Any) -> str:
    """What a value is, for an error: None, or "a tuple of 2", or "a dict"."""
    if value is None:
        return "None"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, np.ndarray):
        return "a NumPy array"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeioAEIO' else 'a'} {name}"


def _check_tensor(value: Any, what: str, exercise: str) -> None:
    is_tensor = isinstance(value, Tensor)
    require(is_tensor, f"{what} is {kind(value)}, where a Tensor was expected", exercise)


def _check_shape(value: Tensor, shape: tuple[int, ...], what: str, exercise: str) -> None:
    is_right = value.shape == shape
    require(is_right, f"the shape of {what} is {value.shape}, where {shape} was expected", exercise)


def _number(value: Any) -> float | None:
    """A number of Python's or NumPy's, in an array of one value or not; None for anything else."""
    if isinstance(value, (Tensor, np.ndarray)) and value.size == 1:
        value = np.asarray(value).reshape(())[()]
    return float(value) if isinstance(value, Real) and not isinstance(value, bool) else None


def _shown(value: Any) -> str:
    number = _number(value)
    return kind(value) if number is None else f"{number:g}"
