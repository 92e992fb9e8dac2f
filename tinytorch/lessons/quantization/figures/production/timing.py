"""Times as figures show them: bars with their spread, and words that follow from the numbers."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.lessons.quantization.figures.drawing import TEXT_SIZE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Times = NDArray[Any]  # seconds or other units, one per round

SAME = 0.05  # two times that differ by less are called the same
MAX_LINE = 3.0  # as high as the longest of the bars
BUSY = 1.0  # an upper quartile this far above the best time is worth a word


@dataclass(frozen=True)
class Comparison:
    """How many times as long one call takes as another, from rounds in which both took turns.

    Attributes:
        ratio: of the best times.
        low, high: a range that holds the ratio, and the ratios of the middle half of the rounds.
    """

    ratio: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """One of "less", "same" and "more" time; "unclear" if the rounds disagree."""
        if self.high < 1 and self.ratio < 1 - SAME:
            return "less"
        if self.low > 1 and self.ratio > 1 + SAME:
            return "more"
        return "same" if self.low >= 1 - SAME and self.high <= 1 + SAME else "unclear"

    def takes(self, whose: str) -> str:
        """The comparison in words, such as "takes 5.2 x FP32's time"."""
        if self.verdict == "same":
            return f"takes as long as {whose}"
        if self.verdict == "unclear":
            return f"takes {factor(self.low)} to {factor(self.high)} x {whose}'s time"
        return f"takes {factor(self.ratio)} x {whose}'s time"


def compare(times: Times, base: Times) -> Comparison:
    """Compare times with those of another call in the same rounds, both of shape (rounds,)."""
    ratio = float(times.min() / base.min())
    low, high = np.quantile(times / base, [0.25, 0.75])
    return Comparison(ratio, min(ratio, float(low)), max(ratio, float(high)))


def factor(ratio: float) -> str:
    """A ratio with two digits, more before the point, and never 0.0.

    Example:
        >>> factor(0.0042), factor(0.25), factor(3.14), factor(217.3)
        ('0.0042', '0.25', '3.1', '217')
    """
    return f"{ratio:.2g}" if ratio < 99.5 else f"{ratio:.0f}"


def timed_bars(
    axis: Axes,
    names: Sequence[str],
    times: Sequence[Times],
    form: Callable[[float], str],
    colours: Sequence[str],
) -> None:
    """Draw a bar for the best time of each, and a line up to its upper quartile.

    Where lines are so long that no bar could be seen beside them, they end in an arrow.

    Args:
        axis: where to draw.
        names: one text per bar.
        times: per bar, an array of shape (rounds,).
        form: writes the best time above each bar, such as "{:.3g} ms".format.
        colours: one per bar.
    """
    best = [float(taken.min()) for taken in times]
    upper = [float(np.quantile(taken, 0.75)) for taken in times]
    axis.bar(names, best, color=colours, width=0.65)
    highest = min(max(upper), MAX_LINE * max(best))
    for position, (value, top) in enumerate(zip(best, upper, strict=True)):
        end = min(top, highest)
        axis.vlines(position, value, end, color="black", linewidth=2)
        if top > highest:
            axis.plot(position, end, "^", color="black", clip_on=False)
        axis.annotate(
            form(value),
            (position, end),
            (0, 6),
            textcoords="offset points",
            ha="center",
            fontsize=TEXT_SIZE,
        )
    axis.set_ylim(0, 1.18 * highest)


def how_measured(times: Iterable[Times]) -> str:
    """Where and how times were measured, and whether the machine was too busy for it.

    Args:
        times: arrays of shape (rounds,), all of the same rounds.
    """
    series = list(times)
    where = "measured in a browser (WebAssembly)" if sys.platform == "emscripten" else "measured"
    told = (
        f"Bars: the quickest of {series[0].size} rounds, {where} in turns; up to the lines' ends: "
        "three rounds in four."
    )
    spread = max(float(np.quantile(taken, 0.75) / taken.min()) for taken in series)
    if spread > 1 + BUSY:
        told += f" Times vary by a factor of up to {factor(spread)}: this machine is busy."
    elif is_busy():
        told += " Other programs keep this machine busy, which slows some down more than others."
    return told


def is_busy() -> bool:
    """Whether more programs wait for processors than there are; False where nobody knows."""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > 1.5 * (os.cpu_count() or 1)
