"""The arithmetic of affine INT8 quantization: real = scale * (code - zero_point).

A real number r is stored as an integer code q from -128 to 127 (Jacob et al. 2018,
arXiv:1712.05877, equation 1). `choose_qparams` finds the scale and the zero point of a range,
`quantize_int8` and `dequantize_int8` go there and back. The codes equal those of ONNX
QuantizeLinear (ONNX operator specification, version 21): float32 division, rounding half to even,
zero point added after rounding, saturation.

One scale per channel of a weight is in `weights`; other widths `tinytorch.perf.analysis` simulates.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization.parallel import BLOCK, blocks, in_parallel
from tinytorch.perf.quantization.validation import (
    FLOAT32_MAX,
    INT8_MAX_VALUE,
    INT8_MIN_VALUE,
    as_float32,
    check_qparams,
    finite_range,
)

INT8_RANGE = INT8_MAX_VALUE - INT8_MIN_VALUE + 1  # 256 codes, so 255 steps between them

FLOAT32_SMALLEST_NORMAL = float(np.finfo(np.float32).tiny)

Array = NDArray[Any]


def choose_qparams(minimum: float, maximum: float) -> tuple[float, int]:
    """Choose the scale and zero point that spread 256 codes over a range.

    The range is first widened to hold zero, so that 0.0 has a code of its own and comes back
    exactly (ReLU outputs, padding). Then scale = (maximum - minimum) / 255 and
    zero_point = round(-128 - minimum / scale), half to even (Jacob et al. 2018, section 2.1).

    Args:
        minimum: smallest real value, in float32's range.
        maximum: largest real value, not below the minimum.

    Returns:
        (scale, zero_point). The scale is above zero, in real units per code; it is rounded to
        float32 unless it is smaller than float32's normal numbers, so that tiny ranges keep their
        signal. The zero point is an integer from -128 to 127. A range that holds only zero gives
        (1.0, 0).

    Raises:
        ValueError: if a bound is NaN, infinite or beyond float32, or the minimum is above the
            maximum.

    Example:
        >>> scale, zero_point = choose_qparams(-1.0, 3.0)
        >>> round(scale, 7), zero_point
        (0.0156863, -64)
        >>> choose_qparams(5.0, 9.0)[1]  # widened to [0, 9]
        -128
    """
    minimum, maximum = float(minimum), float(maximum)  # NumPy's numbers may be too narrow
    for name, value in (("minimum", minimum), ("maximum", maximum)):
        if not abs(value) <= FLOAT32_MAX:
            raise ValueError(f"choose_qparams: {name} must be a finite float32, got {value}")
    if minimum > maximum:
        raise ValueError(f"choose_qparams: minimum {minimum} is above maximum {maximum}")
    scale, zero_point = affine_grid(minimum, maximum, INT8_MIN_VALUE, INT8_MAX_VALUE)
    return float(scale), int(zero_point)


def affine_grid(minimum: Any, maximum: Any, lowest: int, highest: int) -> tuple[Array, Array]:
    """Scales and zero points for codes from `lowest` to `highest`, element by element.

    Args:
        minimum: a real number, or a float64 array of any shape.
        maximum: the same shape, nowhere below the minimum.
        lowest: smallest code.
        highest: largest code.

    Returns:
        (scale, zero_point): float64 arrays of the same shape; the zero points are whole numbers.
    """
    low, high = np.minimum(minimum, 0.0), np.maximum(maximum, 0.0)
    steps, width = highest - lowest, high - low
    scale = width / steps
    empty = scale == 0.0  # the range holds only zero
    # Before the scale is rounded, low * steps / width is exact for symmetric ranges: zero point 0.
    zero_point = np.rint(lowest - low * steps / (width + empty))
    rounded = np.float64(np.float32(scale))
    scale = np.where(scale >= FLOAT32_SMALLEST_NORMAL, rounded, scale + empty)
    return scale, np.where(empty, 0.0, zero_point)


def quantize_int8(tensor: Any) -> tuple[Tensor, float, int]:
    """Quantize a float32 tensor to int8 codes over its own range.

    codes = clip(round(tensor / scale) + zero_point, -128, 127), where round is half to even.
    Every value comes back from `dequantize_int8` within scale / 2 (plus one float32 rounding
    step), and 0.0 comes back exactly.

    Args:
        tensor: float32 Tensor (or array) of any shape, at least one element, all finite.

    Returns:
        (codes, scale, zero_point): an int8 Tensor of the same shape, and the parameters from
        `choose_qparams`.

    Raises:
        TypeError: if the tensor is not float32, for instance because it is quantized already.
        ValueError: if the tensor is empty or holds NaN or infinite values.

    Example:
        >>> codes, scale, zero_point = quantize_int8(Tensor([-1.0, 0.0, 2.5, 3.0]))
        >>> codes.data
        array([-128,  -64,   95,  127], dtype=int8)
        >>> dequantize_int8(codes, scale, zero_point).data.round(4)
        array([-1.0039,  0.    ,  2.4941,  2.9961], dtype=float32)
    """
    values = as_float32(tensor, "quantize_int8")
    minimum, maximum = finite_range(values, "quantize_int8: the tensor")
    scale, zero_point = choose_qparams(minimum, maximum)
    codes = quantize_array(values, scale, zero_point, (minimum, maximum))
    return Tensor(codes), scale, zero_point


def dequantize_int8(q_tensor: Tensor, scale: float, zero_point: int) -> Tensor:
    """Restore float32 values from int8 codes: (code - zero_point) * scale.

    The codes are widened before the subtraction, which would wrap around in int8. Values beyond
    float32 saturate at its largest number.

    Args:
        q_tensor: int8 Tensor (or array) of any shape.
        scale: real units per code, above zero.
        zero_point: the code of 0.0, from -128 to 127.

    Returns:
        A float32 Tensor of the same shape.

    Raises:
        TypeError: if the codes are not int8 or the zero point is not an integer.
        ValueError: if the scale or the zero point lies outside its range.

    Example:
        >>> dequantize_int8(Tensor(np.array([-128, 0, 127], dtype=np.int8)), 0.5, 0).data
        array([-64. ,   0. ,  63.5], dtype=float32)
    """
    codes = np.asarray(q_tensor)
    if codes.dtype != np.int8:
        raise TypeError(f"dequantize_int8 expects int8 codes, got dtype {codes.dtype}")
    check_qparams(scale, zero_point, "dequantize_int8")
    return Tensor(dequantize_array(codes, float(scale), int(zero_point)))


def quantize_array(
    values: Array, scale: float, zero_point: int, bounds: tuple[float, float]
) -> NDArray[np.int8]:
    """Quantize finite values with a given scale and zero point.

    Args:
        values: float32 array of any shape and strides, all finite.
        scale: real units per code, above zero.
        zero_point: the code of 0.0, from -128 to 127.
        bounds: smallest and largest of the values; outside the code range they saturate.

    Returns:
        int8 array of the same shape, in C order.
    """
    number: Any = np.float64 if scale < FLOAT32_SMALLEST_NORMAL else np.float32
    step, offset = number(scale), number(zero_point)
    lowest, highest = number(INT8_MIN_VALUE), number(INT8_MAX_VALUE)
    # Division, rounding and addition never swap the order of two values: if the codes of both
    # bounds fit, all fit, and clipping can be left out.
    with np.errstate(over="ignore"):
        first, last = (np.rint(number(bound) / step) + offset for bound in bounds)
    saturates = first < lowest or last > highest
    source = np.ascontiguousarray(values).reshape(-1)
    codes = np.empty(values.shape, dtype=np.int8)
    target = codes.reshape(-1)

    def work(start: int, stop: int) -> None:
        buffer = np.empty(min(BLOCK, stop - start), dtype=number)
        with np.errstate(over="ignore"):
            for part in blocks(start, stop):
                grid = buffer[: part.stop - part.start]
                np.divide(source[part], step, out=grid)
                np.rint(grid, out=grid)
                np.add(grid, offset, out=grid)
                if saturates:
                    np.clip(grid, lowest, highest, out=grid)
                np.copyto(target[part], grid, casting="unsafe")

    in_parallel(work, source.size, source.size)
    return codes


def dequantize_array(codes: NDArray[np.int8], scale: float, zero_point: int) -> NDArray[np.float32]:
    """Restore float32 values from codes, whose parameters have been checked.

    Args:
        codes: int8 array of any shape and strides.
        scale: real units per code, above zero.
        zero_point: the code of 0.0, from -128 to 127.

    Returns:
        float32 array of the same shape, in C order.
    """
    in_float32 = fits_float32(scale)
    source = np.ascontiguousarray(codes).reshape(-1)
    restored = np.empty(codes.shape, dtype=np.float32)
    target = restored.reshape(-1)

    def work(start: int, stop: int) -> None:
        for part in blocks(start, stop):
            values = target[part]
            if in_float32:
                np.copyto(values, source[part])
                values -= np.float32(zero_point)
                values *= np.float32(scale)
            else:
                exact = (source[part].astype(np.float64) - zero_point) * scale
                np.clip(exact, -FLOAT32_MAX, FLOAT32_MAX, out=exact)
                values[:] = exact

    in_parallel(work, source.size, source.size)
    return restored


def fits_float32(scale: Any) -> bool:
    """Whether all scales, and every value that they can give, are normal finite float32."""
    ends = (scale.min(), scale.max()) if isinstance(scale, np.ndarray) else (scale, scale)
    return bool(ends[0] >= FLOAT32_SMALLEST_NORMAL and ends[1] <= FLOAT32_MAX / 255)
