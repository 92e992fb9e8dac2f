"""Panels that several experiments draw: pairs of bars, two panels in one place, digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.datasets import SIDE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VALUE_SIZE = 10.0  # points: two bars of a pair stand close together

Form = Callable[[float], str]


def paired_bars(
    axis: Axes,
    names: Sequence[str],
    pairs: Sequence[tuple[str, str, Sequence[float], Form]],
    with_values: bool = True,
) -> None:
    """Draw two bars per name, with their values above.

    Args:
        axis: where to draw.
        names: one text per pair of bars.
        pairs: for the left and for the right bars a label, a colour, one value per name, and the
            function that writes a value, such as "{:.1f}".format. An infinite value, the SQNR of
            no error at all, gets no bar and the text "exact".
        with_values: False leaves the values out.
    """
    x = np.arange(len(names))
    for (label, colour, values, form), shift in zip(pairs, (-0.2, 0.2), strict=True):
        heights = [value if np.isfinite(value) else 0.0 for value in values]
        drawn = axis.bar(x + shift, heights, 0.38, color=colour, label=label)
        texts = [form(value) if np.isfinite(value) else "exact" for value in values]
        if with_values:
            axis.bar_label(drawn, texts, padding=2, fontsize=VALUE_SIZE)
    axis.set_xticks(x, names)
    axis.margins(y=0.15)


def split_panel(axis: Axes, heights: tuple[float, float], share_x: bool = False) -> list[Axes]:
    """Put two panels, one above the other, in the place of one.

    Args:
        axis: the panel to replace.
        heights: their heights, relative to each other.
        share_x: whether both have the same horizontal axis.

    Returns:
        The upper and the lower panel.
    """
    figure, spec = axis.figure, axis.get_subplotspec()
    assert spec is not None
    place = spec.subgridspec(2, 1, height_ratios=heights)
    axis.remove()
    upper = figure.add_subplot(place[0])
    lower = figure.add_subplot(place[1], sharex=upper if share_x else None)
    for panel in (upper, lower):
        panel.spines[["top", "right"]].set_visible(False)
    return [upper, lower]


def digit_images(
    axis: Axes, images: NDArray[Any], predictions: NDArray[Any], labels: NDArray[Any], columns: int
) -> None:
    """Draw digits in rows, each with what was read below, in bold and corrected where wrong.

    Args:
        axis: where to draw.
        images: shape (count, 784), brightness 0 to 1.
        predictions: integers of shape (count,).
        labels: the right digits, of the same shape.
        columns: images per row.
    """
    width, height = 1.4, 1.65
    brightest = max(1.0, float(images.max()))
    for position, (image, read, label) in enumerate(zip(images, predictions, labels, strict=True)):
        row, column = divmod(position, columns)
        left, top = width * column, height * row
        extent = (left, left + 1, top + 1, top)
        # Ink is dark, as on paper: where the page is dark, figures are turned round.
        axis.imshow(image.reshape(SIDE, SIDE), cmap="gray_r", vmin=0, vmax=brightest, extent=extent)
        text = f"{read}" if read == label else f"{read}, not {label}"
        weight = "normal" if read == label else "bold"
        place = left + 0.5, top + 1.08
        axis.text(*place, text, ha="center", va="top", fontsize=VALUE_SIZE, weight=weight)
    rows = -(-len(images) // columns)
    axis.set_xlim(-0.2, width * columns - 0.2)
    axis.set_ylim(height * rows, -0.05)
    axis.set_axis_off()
