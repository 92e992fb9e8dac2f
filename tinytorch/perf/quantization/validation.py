"""What quantization asks of its inputs, and the errors where they fall short."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization.parallel import blocks, in_parallel

INT8_MIN_VALUE = -128
INT8_MAX_VALUE = 127
FLOAT32_MAX = float(np.finfo(np.float32).max)

Array = NDArray[Any]


class QParams(NamedTuple):
    """How int8 codes stand for real numbers: real = (code - zero_point) * scale.

    The scale of a weight may be an array, one number per output; its zero point is 0 then.
    """

    scale: Any
    zero_point: int


def finite_range(values: Array, name: str) -> tuple[float, float]:
    """The smallest and largest value of an array.

    Args:
        values: float array of any shape.
        name: what the values are, to begin an error with.

    Returns:
        (minimum, maximum) as Python floats.

    Raises:
        ValueError: if the array is empty or holds NaN or infinite values: how many, and where
            the first one is.
    """
    if values.size == 0:
        raise ValueError(f"{name} is empty (shape {values.shape}): it has no range")
    flat = np.ascontiguousarray(values).reshape(-1)

    def work(start: int, stop: int) -> list[tuple[float, float]]:
        # The maximum of a block follows its minimum, while it is still in the cache.
        return [(flat[part].min(), flat[part].max()) for part in blocks(start, stop)]

    ends = [pair for pairs in in_parallel(work, flat.size, flat.size) for pair in pairs]
    # NumPy's minimum and maximum pass a NaN on, Python's do not.
    minimum = float(np.min([low for low, _ in ends]) if len(ends) > 1 else ends[0][0])
    maximum = float(np.max([high for _, high in ends]) if len(ends) > 1 else ends[0][1])
    if not (math.isfinite(minimum) and math.isfinite(maximum)):
        bad = ~np.isfinite(values)
        first = tuple(int(index) for index in np.unravel_index(np.argmax(bad), bad.shape))
        raise ValueError(
            f"{name} holds {int(np.isnan(values).sum())} NaN and "
            f"{int(np.isinf(values).sum())} infinite values among {values.size}; "
            f"the first is {values[first]} at index {first}"
        )
    return minimum, maximum


def as_float32(tensor: Any, name: str) -> NDArray[np.float32]:
    """The float32 array in a tensor; integers are refused, because they may be codes already.

    Raises:
        TypeError: if the values are integers or booleans.
    """
    values = Tensor(np.asarray(tensor) if isinstance(tensor, Tensor) else tensor).data
    if values.dtype != np.float32:
        raise TypeError(
            f"{name} expects float32 values, got dtype {values.dtype} (codes that are quantized "
            "already?); convert real data with .astype(numpy.float32)"
        )
    return values


def check_qparams(scale: Any, zero_point: Any, name: str) -> None:
    """Refuse a scale or a zero point that INT8 quantization cannot have.

    Raises:
        TypeError: if the scale is not a number or the zero point not an integer.
        ValueError: if the scale is not finite and positive, or the zero point not a code.
    """
    if not isinstance(scale, (int, float, np.floating, np.integer)) or isinstance(scale, bool):
        raise TypeError(f"{name}: the scale must be a number, got {type(scale).__name__}")
    if not isinstance(zero_point, (int, np.integer)) or isinstance(zero_point, bool):
        raise TypeError(
            f"{name}: the zero point must be an integer, got {type(zero_point).__name__}"
        )
    if not 0 < scale <= FLOAT32_MAX:
        raise ValueError(f"{name}: the scale must be a finite float32 above zero, got {scale}")
    if not INT8_MIN_VALUE <= zero_point <= INT8_MAX_VALUE:
        raise ValueError(f"{name}: the zero point must lie from -128 to 127, got {zero_point}")


def check_channels(scale: Array, zero_point: Any, channels: int, name: str) -> None:
    """Refuse scales and a zero point that a weight quantized per channel cannot have.

    Raises:
        TypeError: if the scales are not float32 or float64.
        ValueError: if there is not one for every channel, one is not finite and positive, or the
            zero point is not 0.
    """
    if scale.dtype not in (np.float32, np.float64):
        raise TypeError(f"{name}: the scales must be float32 or float64, got {scale.dtype}")
    if scale.shape != (channels,):
        raise ValueError(f"{name}: the scales must have shape ({channels},), got {scale.shape}")
    wrong = ~((scale > 0) & (scale <= FLOAT32_MAX))
    if wrong.any():
        raise ValueError(
            f"{name}: the scales must be finite float32 above zero, got {scale[wrong][0]} "
            f"at {int(np.argmax(wrong))}"
        )
    if type(zero_point) is not int or zero_point != 0:
        raise ValueError(f"{name}: the zero point must be 0 per channel, got {zero_point!r}")


def check_codes(codes: Any, axes: int, qparams: QParams | None, name: str) -> None:
    """Refuse codes that are not an int8 Tensor with so many axes, or come without their qparams.

    Raises:
        TypeError: if they are something else, or the qparams have a wrong type.
        ValueError: if there are no codes, their shape has other axes, or the qparams are missing or
            outside their range.
    """
    if not isinstance(codes, Tensor) or codes.dtype != np.int8:
        kind = f"dtype {codes.dtype}" if isinstance(codes, Tensor) else described(codes)
        raise TypeError(f"{name}: the codes must be an int8 Tensor, got {kind}")
    if codes.ndim != axes or codes.size == 0:
        raise ValueError(
            f"{name}: the codes must have {axes} axes and some elements, got shape {codes.shape}"
        )
    if qparams is None:
        raise ValueError(f"{name}: codes need a scale and a zero point")
    if isinstance(qparams[0], np.ndarray):
        check_channels(*qparams, codes.shape[-1], name)
    else:
        check_qparams(*qparams, name)


def described(value: Any) -> str:
    """What kind of thing a value is, for an error message."""
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__


@contextmanager
def naming(place: str) -> Iterator[None]:
    """Begin the message of a TypeError or ValueError with the place it comes from."""
    try:
        yield
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{place}: {error}") from error
