"""Figures of quantization, drawn with matplotlib (in the `learn` extra).

Colours are Okabe and Ito's, which colour-blind readers can tell apart.
"""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from io import BytesIO
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from tinytorch.core.system import optional
from tinytorch.grading.reports.pages import render

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FP32_COLOUR = "#0072B2"
INT8_COLOUR = "#D55E00"
CHAPTER_COLOUR = "#CC79A7"  # ways that are shown because they fail
OTHER_COLOUR = "#009E73"
ENGINE_COLOUR = "#56B4E9"  # production engines
GRID_COLOUR = "#BBBBBB"

TITLE_SIZE, TEXT_SIZE = 12.0, 11.0  # points, in a figure of 10 inches
CAPTION_CHARACTERS = 125  # of a line below a figure


def legible() -> AbstractContextManager[None]:
    """Sizes of text that can be read where a notebook shows a figure at three quarters of its size.

    Raises:
        ImportError: if matplotlib is not installed.
    """
    with optional("matplotlib", "learn", "a figure"):
        from matplotlib import rc_context
    sizes: dict[Any, Any] = {
        "font.size": TEXT_SIZE,
        "axes.titlesize": TITLE_SIZE,
        "axes.labelsize": TEXT_SIZE,
    }
    sizes |= dict.fromkeys(("xtick.labelsize", "ytick.labelsize", "legend.fontsize"), TEXT_SIZE)
    return rc_context(sizes)


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
        """A Figure that Jupyter shows as a picture although pyplot was never imported.

        The HTML turns it into a dark picture where the page is dark. Where HTML is not shown or
        its style not trusted, the same picture is on white.
        """

        def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
            # Once for both: what a figure costs is its drawing.
            picture = b64encode(self._repr_png_()).decode()
            html = picture_html(self, picture)
            return {"text/plain": repr(self), "image/png": picture, "text/html": html}

        def _repr_png_(self) -> bytes:
            picture = BytesIO()
            self.savefig(picture, format="png", dpi=100)
            return picture.getvalue()

    return NotebookFigure


def picture_html(figure: Any, picture: str | None = None) -> str:
    """A figure of this module as HTML, which is dark where the page is dark.

    Args:
        figure: from `new_figure`.
        picture: its PNG file in base 64, if there is one already.
    """
    picture = picture or b64encode(figure._repr_png_()).decode()
    return render("figure.html", picture=picture, text=spoken(figure))


def spoken(figure: Figure) -> str:
    """What a figure shows, for readers who cannot see it: its titles and its caption."""
    texts = [axis.get_title() for axis in figure.axes] + [figure.get_supxlabel()]
    return ". ".join(" ".join(text.split()) for text in texts if text)


def caption(axes: Any, text: str) -> None:
    """Write a sentence or two below all panels.

    Args:
        axes: the array of axes.
        text: of any length; it continues on further lines.
    """
    figure = axes.flat[0].figure
    figure.supxlabel("\n".join(wrap(text, CAPTION_CHARACTERS)), fontsize=TEXT_SIZE)


def describe(axis: Axes, title: str, x_label: str, y_label: str) -> None:
    """Give a panel its title, which says what to see, and name both axes with their units."""
    axis.set_title(title, fontsize=TITLE_SIZE)
    axis.set_xlabel(x_label)
    axis.set_ylabel(y_label, labelpad=6)
    axis.tick_params(labelsize=TEXT_SIZE)


def bars(
    axis: Axes, names: list[str], values: list[float], texts: list[str], colours: list[str]
) -> None:
    """Draw a bar per name, with a text above each."""
    drawn = axis.bar(names, values, color=colours, width=0.65)
    # On white, so that a line that marks a height does not cross out the text.
    white = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    axis.bar_label(drawn, texts, padding=3, fontsize=TEXT_SIZE, bbox=white)
    axis.margins(y=0.15)


def sqnr_by_bits(axis: Axes, sweep: Sequence[Mapping[str, Any]], is_yours: bool = False) -> None:
    """Draw the SQNR of the outputs against the bit width.

    Args:
        axis: where to draw.
        sweep: a dict with bits and sqnr_db for each width, 8 bits first.
        is_yours: whether 8 bits were measured with a student's functions; the other widths are
            simulated by the library.
    """
    bits = [row["bits"] for row in sweep]
    decibels = [row["sqnr_db"] for row in sweep]
    first, last = (1 if is_yours else 0), -1
    per_bit = (decibels[first] - decibels[last]) / (bits[first] - bits[last])
    label = "simulated" if is_yours else "measured"
    axis.plot(bits, decibels, "o-", color=FP32_COLOUR, label=label)
    if is_yours:
        style: dict[str, Any] = {"color": INT8_COLOUR, "markersize": 10, "linestyle": "none"}
        axis.plot(bits[:1], decibels[:1], "o", label="yours", **style)
    slope = [decibels[0] - 6.02 * (bits[0] - b) for b in bits]
    axis.plot(bits, slope, "--", color=GRID_COLOUR, label="6.02 dB per bit")
    title = f"A bit is worth {per_bit:.1f} dB"
    axis.set_title(f"{title}\nYours: {decibels[0]:.1f} dB" if is_yours else title)
    axis.set_ylabel("SQNR of the outputs (dB)")
    axis.legend(frameon=False)
    bits_axis(axis, bits)


def bits_axis(axis: Axes, bits: list[int]) -> None:
    """Name the horizontal axis, with the most bits on the left."""
    axis.set_xlabel("bits of weights and activations")
    axis.set_xticks(bits)
    axis.invert_xaxis()
