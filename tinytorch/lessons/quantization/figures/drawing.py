"""Figures of quantization, drawn with matplotlib (in the `learn` extra).

Colours are Okabe and Ito's, which colour-blind readers can tell apart.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from tinytorch.core.system import IN_BROWSER, optional

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
    # On slow machines and in browsers, Matplotlib says at this moment that it looks for fonts.
    log = logging.getLogger("matplotlib.font_manager")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with optional("matplotlib", "learn", "a figure"):
            from matplotlib.figure import Figure
    finally:
        log.setLevel(level)

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


def timed(label: str) -> str:
    """The label of an axis of times, with where they were measured if that is a browser."""
    return f"{label}\nin a browser (WebAssembly)" if IN_BROWSER else label


def bars(
    axis: Axes, names: list[str], values: list[float], texts: list[str], colours: list[str]
) -> None:
    """Draw a bar per name, with a text above each."""
    drawn = axis.bar(names, values, color=colours, width=0.65)
    # On white, so that a line that marks a height does not cross out the text.
    white = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    axis.bar_label(drawn, texts, padding=3, fontsize=10, bbox=white)
    axis.margins(y=0.15)


def sqnr_by_bits(axis: Axes, sweep: Sequence[Mapping[str, Any]]) -> None:
    """Draw the SQNR of the outputs against the bit width."""
    bits = [row["bits"] for row in sweep]
    decibels = [row["sqnr_db"] for row in sweep]
    axis.plot(bits, decibels, "o-", color=FP32_COLOUR, label="measured")
    slope = [decibels[0] - 6.02 * (bits[0] - b) for b in bits]
    axis.plot(bits, slope, "--", color=GRID_COLOUR, label="6.02 dB per bit")
    axis.set_title("Every bit is worth about 6 dB")
    axis.set_ylabel("SQNR of the outputs (dB)")
    axis.legend(frameon=False)
    bits_axis(axis, bits)


def bits_axis(axis: Axes, bits: list[int]) -> None:
    """Name the horizontal axis, with the most bits on the left."""
    axis.set_xlabel("bits of weights and activations")
    axis.set_xticks(bits)
    axis.invert_xaxis()
