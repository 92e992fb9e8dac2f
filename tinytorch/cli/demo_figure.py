"""The figure of the demo: the weights of a layer, and what fewer bits cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.core.layers import Linear
from tinytorch.lessons.quantization.figures.drawing import (
    FP32_COLOUR,
    GRID_COLOUR,
    INT8_COLOUR,
    bits_axis,
    new_figure,
    sqnr_by_bits,
)
from tinytorch.perf.quantization.linear import QuantizedLinear

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def demo_figure(
    layer: Linear,
    quantized: QuantizedLinear,
    sweep: Sequence[Mapping[str, Any]],
    fp32_accuracy: float,
) -> Figure:
    """Weights before and after quantization, and what fewer bits cost.

    Args:
        layer: an FP32 layer.
        quantized: the same layer, quantized.
        sweep: rows from `bit_width_sweep`.
        fp32_accuracy: accuracy of the network before quantization, 0 to 1.

    Returns:
        A matplotlib Figure of four panels.

    Raises:
        ImportError: if matplotlib is not installed.
    """
    figure, axes = new_figure(2, 2, 10, 7)
    weights_histogram(axes[0, 0], layer, quantized)
    weights_staircase(axes[0, 1], layer, quantized)
    accuracy_by_bits(axes[1, 0], sweep, fp32_accuracy)
    sqnr_by_bits(axes[1, 1], sweep)
    return figure


def weights_histogram(axis: Axes, layer: Linear, quantized: QuantizedLinear) -> None:
    """Draw how the weights are distributed before and after, and the 256 values of the grid."""
    before = np.asarray(layer.weight).ravel()
    after = np.asarray(quantized.dequantized_weight()).ravel()
    scale, zero_point = quantized.weight_scale, quantized.weight_zero_point
    edges = ((np.arange(-128, 129, 4) - 0.5 - zero_point) * scale).tolist()
    axis.hist(before, edges, color=FP32_COLOUR, alpha=0.35, label="FP32")
    axis.hist(after, edges, color=INT8_COLOUR, histtype="step", linewidth=1.5, label="INT8")
    grid = (np.arange(-128, 128) - zero_point) * scale
    axis.vlines(
        grid,
        -0.05,
        -0.01,
        transform=axis.get_xaxis_transform(),
        linewidth=0.4,
        color="black",
        clip_on=False,
        label="the 256 values",
    )
    axis.tick_params(axis="x", pad=12)
    axis.set_title("INT8 keeps the distribution of the weights")
    axis.set_xlabel("weight")
    axis.set_ylabel("weights per 4 codes")
    axis.legend(frameon=False)


def weights_staircase(axis: Axes, layer: Linear, quantized: QuantizedLinear) -> None:
    """Draw every weight of a small window against the grid value it became."""
    before = np.asarray(layer.weight).ravel()
    after = np.asarray(quantized.dequantized_weight()).ravel()
    steps = np.arange(-5, 6) * quantized.weight_scale
    inside = np.abs(before) < 5.5 * quantized.weight_scale
    for step in steps:
        axis.axhline(step, color=GRID_COLOUR, linewidth=0.8, zorder=0)
    ends = np.array([steps[0], steps[-1]])
    axis.plot(ends, ends, color=FP32_COLOUR, linewidth=1.2, label="no rounding")
    axis.plot(before[inside], after[inside], ".", color=INT8_COLOUR, label="weights")
    axis.set_title(f"Weights move by at most scale/2 = {quantized.weight_scale / 2:.2g}")
    axis.set_xlabel("weight in FP32 (around zero)")
    axis.set_ylabel("weight in INT8")
    axis.legend(frameon=False)


def accuracy_by_bits(axis: Axes, sweep: Sequence[Mapping[str, Any]], fp32_accuracy: float) -> None:
    """Draw accuracy against the bit width."""
    bits = [row["bits"] for row in sweep]
    percent = [100 * row["accuracy"] for row in sweep]
    axis.plot(bits, percent, "o-", color=INT8_COLOUR)
    axis.axhline(100 * fp32_accuracy, color=FP32_COLOUR, linestyle="--", linewidth=1)
    axis.annotate(
        f"FP32: {fp32_accuracy:.1%}",
        (bits[0], 100 * fp32_accuracy),
        (0, 8),
        textcoords="offset points",
        color=FP32_COLOUR,
    )
    for x, y in zip(bits, percent, strict=True):
        axis.annotate(f"{y:.1f}", (x, y), (0, -16), textcoords="offset points", ha="center")
    axis.set_ylim(0, 108)
    axis.set_yticks(range(0, 101, 20))
    axis.set_title("Accuracy holds down to few bits, then collapses")
    axis.set_ylabel("accuracy on held-out images (%)")
    bits_axis(axis, bits)
