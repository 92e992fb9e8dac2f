"""Where int8 codes lie: the worked example on two number lines, and a layer's weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.core.tensor import Tensor
from tinytorch.datasets import load_digits_model
from tinytorch.lessons.quantization.figures.drawing import (
    FP32_COLOUR,
    GRID_COLOUR,
    INT8_COLOUR,
    describe,
)
from tinytorch.lessons.quantization.figures.models import Quantize
from tinytorch.lessons.quantization.figures.panels import split_panel
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.perf.quantization.affine import quantize_int8

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VALUES = (-1.0, -0.5, 0.0, 0.7, 2.5, 3.0)
CODES_PER_BIN = 4
MIN_DISTANCE = 0.08  # of two codes that are written beside each other, in parts of the line


def measure_where_codes_land(quantize_int8: Quantize = quantize_int8) -> dict[str, Any]:
    """The codes of six values on [-1, 3], and those of the shipped model's first weights.

    Returns:
        A dict of example and weights, each a dict of values, float32, and codes, of the same
        shape: (6,) and (4096,); scale; and zero_point.
    """
    weight = load_digits_model().layers[0].weight
    measured = {}
    for name, values in (("example", Tensor(list(VALUES))), ("weights", weight)):
        codes, scale, zero_point = quantize_int8(values)
        measured[name] = {
            "values": values.data.ravel(),
            "codes": np.asarray(codes).ravel(),
            "scale": float(scale),
            "zero_point": int(zero_point),
        }
    return measured


@figure(1, 2)
def where_codes_land(axes: Any, quantize_int8: Quantize = quantize_int8) -> None:
    """Draw which code each of six values gets, and the codes of a layer's weights.

    Args:
        quantize_int8: from a float32 Tensor to (codes, scale, zero_point).

    Returns:
        A matplotlib Figure of three panels.
    """
    numbers = measure_where_codes_land(quantize_int8)
    _number_lines(axes[0, 0], numbers["example"])

    weights = numbers["weights"]
    values, codes = weights["values"], weights["codes"]
    edges = np.arange(-128, 129, CODES_PER_BIN) - 0.5
    # The same bins in units of weights: what falls into a bin above does so below.
    value_edges = (edges - weights["zero_point"]) * weights["scale"]
    upper, lower = split_panel(axes[0, 1], (1, 1))
    upper.hist(values, value_edges.tolist(), color=FP32_COLOUR)
    lower.hist(codes, edges.tolist(), color=INT8_COLOUR)
    upper.set_xlim(*value_edges[[0, -1]])
    lower.set_xlim(*edges[[0, -1]])
    lower.set_xticks([-128, -64, 0, 64, 127])
    low, high = values.min(), values.max()
    for axis in (upper, lower):
        axis.yaxis.set_major_formatter("{x:,.0f}")
    title = f"{values.size:,} weights: {values.nbytes:,} bytes"
    describe(upper, title, f"weight in layer 0 ({low:.2f} to {high:.2f})", "weights")
    title = f"Their codes: {codes.nbytes:,} bytes"
    describe(lower, title, f"{codes.dtype} code ({codes.min()} to {codes.max()})", "weights")


def _number_lines(axis: Axes, example: dict[str, Any]) -> None:
    """A line of real numbers above, one of codes below, and each value joined to its code."""
    low, high = min(VALUES), max(VALUES)
    for height, colour in ((1, FP32_COLOUR), (0, INT8_COLOUR)):
        axis.plot([0, 1], [height, height], color=colour, linewidth=2, zorder=1)
    written = -np.inf  # where the last code was written: others too close to it are left out
    for value, code in zip(VALUES, example["codes"].tolist(), strict=True):
        above, below = (value - low) / (high - low), (code + 128) / 255
        axis.plot([above, below], [1, 0], color=GRID_COLOUR, linewidth=1.5, zorder=0)
        axis.plot(above, 1, "o", color=FP32_COLOUR)
        axis.plot(below, 0, "o", color=INT8_COLOUR)
        axis.text(above, 1.1, f"{value:g}", ha="center", va="bottom", color=FP32_COLOUR)
        if abs(below - written) >= MIN_DISTANCE:
            axis.text(below, -0.1, f"{code}", ha="center", va="top", color=INT8_COLOUR)
            written = below
    rule = "code =\nround(value / scale)\n+ zero point"
    axis.text(0.65, 0.5, rule, ha="center", va="center", linespacing=1.5)
    axis.set_xlim(-0.06, 1.06)
    axis.set_ylim(-0.4, 1.4)
    axis.set_xticks([])
    axis.set_yticks([1, 0], ["value\n(units)", "int8\ncode"])
    axis.tick_params(left=False)
    axis.spines[:].set_visible(False)
    title = f"Scale {example['scale']:.5f}; the zero point {example['zero_point']} is the code of 0"
    describe(axis, title, "", "")
