"""Figures of quantization, drawn with matplotlib (in the `learn` extra).

Colours are Okabe and Ito's, which colour-blind readers can tell apart.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.core.layers import Linear
from tinytorch.perf.quantization.linear import QuantizedLinear

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FP32_COLOUR = "#0072B2"
INT8_COLOUR = "#D55E00"
CHAPTER_COLOUR = "#CC79A7"  # ways that are shown because they fail
OTHER_COLOUR = "#009E73"
ENGINE_COLOUR = "#56B4E9"  # production engines
GRID_COLOUR = "#BBBBBB"


def new_figure(rows: int, columns: int, width: float, height: float) -> tuple[Figure, Any]:
    """A figure and its axes: shape (rows, columns), width and height in inches.

    Raises:
        ImportError: if matplotlib is not installed.
    """
    # A Figure of its own, not pyplot's: nothing global, no window, nothing to close.
    figure = _figure_class()(figsize=(width, height), facecolor="white")
    figure.set_layout_engine("constrained", wspace=0.06)
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _figure_class() -> type[Figure]:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "figures need matplotlib: pip install '.[learn]' in tinytorch's folder"
        ) from error

    class NotebookFigure(Figure):
        """A Figure that Jupyter shows as a picture although pyplot was never imported."""

        def _repr_png_(self) -> bytes:
            picture = BytesIO()
            self.savefig(picture, format="png", dpi=100)
            return picture.getvalue()

    return NotebookFigure


def describe(axis: Axes, title: str, x_label: str, y_label: str) -> None:
    """Give a panel its title, which says what to see, and name both axes with their units."""
    axis.set_title(title, fontsize=11)
    axis.set_xlabel(x_label)
    axis.set_ylabel(y_label, labelpad=6)
    axis.tick_params(labelsize=9)


def bars(
    axis: Axes, names: list[str], values: list[float], texts: list[str], colours: list[str]
) -> None:
    """Draw a bar per name, with a text above each."""
    drawn = axis.bar(names, values, color=colours, width=0.65)
    # On white, so that a line that marks a height does not cross out the text.
    white = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    axis.bar_label(drawn, texts, padding=3, fontsize=10, bbox=white)
    axis.margins(y=0.15)


def demo_figure(
    layer: Linear,
    quantized: QuantizedLinear,
    sweep: list[dict[str, Any]],
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


def accuracy_by_bits(axis: Axes, sweep: list[dict[str, Any]], fp32_accuracy: float) -> None:
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
    _bits_axis(axis, bits)


def sqnr_by_bits(axis: Axes, sweep: list[dict[str, Any]]) -> None:
    """Draw the SQNR of the outputs against the bit width."""
    bits = [row["bits"] for row in sweep]
    decibels = [row["sqnr_db"] for row in sweep]
    axis.plot(bits, decibels, "o-", color=FP32_COLOUR, label="measured")
    slope = [decibels[0] - 6.02 * (bits[0] - b) for b in bits]
    axis.plot(bits, slope, "--", color=GRID_COLOUR, label="6.02 dB per bit")
    axis.set_title("Every bit is worth about 6 dB")
    axis.set_ylabel("SQNR of the outputs (dB)")
    axis.legend(frameon=False)
    _bits_axis(axis, bits)


def _bits_axis(axis: Axes, bits: list[int]) -> None:
    axis.set_xlabel("bits of weights and activations")
    axis.set_xticks(bits)
    axis.invert_xaxis()
