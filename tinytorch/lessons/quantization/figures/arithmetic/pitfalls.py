"""Two traps: a range that leaves out zero, and arithmetic in int8, which wraps silently."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.tensor import Tensor
from tinytorch.lessons.quantization.figures.drawing import (
    CHAPTER_COLOUR,
    FP32_COLOUR,
    GRID_COLOUR,
    INT8_COLOUR,
    TITLE_SIZE,
    describe,
)
from tinytorch.lessons.quantization.figures.models import Dequantize, Quantize
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.perf.quantization.affine import dequantize_int8, quantize_int8

Array = NDArray[Any]

PRODUCTS = 784
FACTOR = 127


def measure_zero_in_range(
    quantize_int8: Quantize = quantize_int8, dequantize_int8: Dequantize = dequantize_int8
) -> dict[str, Any]:
    """Quantize values in [5, 9] with zero left out of the range, and with the given functions.

    Returns:
        A dict of values, chapter and restored, arrays of shape (401,); chapter_scale and scale;
        and chapter_range and range, the (lowest, highest) values that the codes can stand for.
    """
    values = np.linspace(5.0, 9.0, 401, dtype=np.float32)
    chapter_scale = (9.0 - 5.0) / 255
    zero_point = float(np.clip(np.round(-128 - 5.0 / chapter_scale), -128, 127))
    codes = np.clip(np.round(values / chapter_scale + zero_point), -128, 127)
    own_codes, scale, own_zero_point = quantize_int8(Tensor(values))
    ends = np.array([-128, 127])
    return {
        "values": values,
        "chapter": (codes - zero_point) * chapter_scale,
        "restored": np.asarray(dequantize_int8(own_codes, scale, own_zero_point)),
        "chapter_scale": chapter_scale,
        "scale": scale,
        "chapter_range": tuple((ends - zero_point) * chapter_scale),
        "range": tuple((ends - own_zero_point) * scale),
    }


@figure(1, 2)
def zero_in_range(
    axes: Any,
    quantize_int8: Quantize = quantize_int8,
    dequantize_int8: Dequantize = dequantize_int8,
) -> None:
    """Draw what becomes of values in [5, 9] if the range leaves out zero, and if it holds it.

    Args:
        quantize_int8: from a float32 Tensor to (codes, scale, zero_point).
        dequantize_int8: from these three to a float32 Tensor.

    Returns:
        A matplotlib Figure of two panels.
    """
    numbers = measure_zero_in_range(quantize_int8, dequantize_int8)
    values, colours = numbers["values"], [FP32_COLOUR, CHAPTER_COLOUR, INT8_COLOUR]
    ranges = [(5.0, 9.0), numbers["chapter_range"], numbers["range"]]
    names = ["the values", "codes reach:\nzero left out", "codes reach:\nquantize_int8"]
    starts = [low for low, _ in ranges]
    axes[0, 0].barh(names, [high - low for low, high in ranges], 0.5, starts, color=colours)
    axes[0, 0].invert_yaxis()
    axes[0, 0].set_xlim(min(0.0, *starts), None)
    describe(axes[0, 0], "With zero left out, the codes miss every value", "value (units)", "")

    worst = np.abs(numbers["chapter"] - values).max()
    own = np.abs(numbers["restored"] - values).max()
    axes[0, 1].plot(values, values, color=GRID_COLOUR, linewidth=6, label="no error")
    axes[0, 1].plot(values, numbers["chapter"], color=CHAPTER_COLOUR, label="zero left out")
    axes[0, 1].plot(values, numbers["restored"], color=INT8_COLOUR, label="quantize_int8")
    axes[0, 1].legend(frameon=False)
    title = (
        f"Zero left out: error up to {worst:.1f} = {worst / numbers['chapter_scale']:.0f} steps\n"
        f"quantize_int8: up to {own:.2g} = {own / numbers['scale']:.2f} steps"
    )
    describe(axes[0, 1], title, "value (units)", "restored value (units)")


def measure_int8_wraps() -> dict[str, Array]:
    """Running sums of 784 products 127 * 127 in int8 and in int32.

    Returns:
        A dict of int8 and int32, the sums after each product, each of shape (784,) and its dtype.
    """
    sums = {}
    for dtype in (np.int8, np.int32):
        factors: Array = np.full(PRODUCTS, FACTOR, dtype=dtype)
        sums[np.dtype(dtype).name] = np.cumsum(factors * factors, dtype=dtype)
    return sums


@figure(1, 2)
def int8_wraps(axes: Any) -> None:
    """Draw the running dot product of 784 values of 127 with themselves, in int8 and in int32.

    Returns:
        A matplotlib Figure of two panels.
    """
    count = np.arange(1.0, PRODUCTS + 1)
    sums = measure_int8_wraps()
    for axis, name, colour in zip(axes[0], sums, (CHAPTER_COLOUR, INT8_COLOUR), strict=True):
        drawn = sums[name].astype(np.float64)
        # A gap where the sum falls: the line must not pretend to pass through values between.
        gaps = np.flatnonzero(np.diff(drawn) < 0) + 1
        x, y = np.insert(count, gaps, np.nan), np.insert(drawn, gaps, np.nan)
        axis.plot(x, y, color=colour, linewidth=2)
        last = int(sums[name][-1])
        axis.plot(PRODUCTS, last, "o", color=colour, clip_on=False)
        title = f"{name}: the sum ends at {last:,}"
        axis.set_xticks(range(0, PRODUCTS + 1, PRODUCTS // 4))
        describe(axis, title, f"products {FACTOR} x {FACTOR} added so far", f"sum in {name}")
    for bound in (-128, 127):
        axes[0, 0].axhline(bound, color="black", linestyle="--", linewidth=1)
    axes[0, 0].set_yticks([-128, -64, 0, 64, 127])
    wrapped = int(sums["int8"][0])
    axes[0, 0].set_title(
        f"int8: each product {FACTOR**2:,} wraps to {wrapped},\n"
        f"the sum wraps beyond 127 and ends at {int(sums['int8'][-1])}",
        fontsize=TITLE_SIZE,
    )
    axes[0, 1].yaxis.set_major_formatter("{x:,.0f}")
