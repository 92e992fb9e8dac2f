"""Times as figures show them: bars with their spread, and words that follow from the numbers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.system import IN_BROWSER
from tinytorch.lessons.quantization.figures.drawing import TEXT_SIZE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Times = NDArray[Any]  # seconds or other units, one per round

SAME = 0.05  # two times that differ by less are called the same
WIDTH = 0.65  # of a bar, where the next one is 1 further
MAX_LINE = 3.0  # as high as the longest of the bars
MAX_SPREAD = 2.0  # the upper quartile over the best time
MAX_LOAD = 1.5  # programs that run or wait, for each processor


@dataclass(frozen=True)
class Comparison:
    """How many times as long one call takes as another, from rounds in which both took turns.

    Attributes:
        ratio: of the best times.
        low, high: a range that holds the ratio, and the ratios of the middle half of the rounds.
        is_busy: whether the machine did so much else that no verdict should be given.
    """

    ratio: float
    low: float
    high: float
    is_busy: bool = False

    @property
    def verdict(self) -> str:
        """One of "less", "same" and "more" time; "unclear" if nobody can tell."""
        if self.is_busy:
            return "unclear"
        if self.high < 1 and self.ratio < 1 - SAME:
            return "less"
        if self.low > 1 and self.ratio > 1 + SAME:
            return "more"
        return "same" if self.low >= 1 - SAME and self.high <= 1 + SAME else "unclear"

    def takes(self, whose: str) -> str:
        """What follows a name in words, such as "takes 5.2 x FP32's time"."""
        if self.is_busy:
            return f"and {whose}: no verdict (busy)"
        if self.verdict == "same":
            return f"takes as long as {whose}"
        if self.verdict == "unclear":
            return f"takes {factor(self.low)} to {factor(self.high)} x {whose}'s time"
        return f"takes {factor(self.ratio)} x {whose}'s time"


def compare(times: Times, base: Times, is_busy: bool = False) -> Comparison:
    """Compare times with those of another call in the same rounds, both of shape (rounds,)."""
    ratio = float(times.min() / base.min())
    low, high = np.quantile(times / base, [0.25, 0.75])
    return Comparison(ratio, min(ratio, float(low)), max(ratio, float(high)), is_busy)


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
    """Draw a bar for the best time of each, and from its left edge a line to its upper quartile.

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
    axis.bar(names, best, color=colours, width=WIDTH)
    highest = min(max(upper), MAX_LINE * max(best))
    for position, (value, top) in enumerate(zip(best, upper, strict=True)):
        end = min(top, highest)
        line = position - WIDTH / 2
        axis.vlines(line, value, end, color="black", linewidth=2)
        if top > highest:
            axis.plot(line, end, "^", color="black", clip_on=False)
        axis.annotate(
            form(value), (line, value), (4, 4), textcoords="offset points", fontsize=TEXT_SIZE
        )
    axis.set_ylim(0, 1.18 * highest)


def spread(times: Iterable[Times]) -> float:
    """How many times as long as the best round the upper quartile takes, in the worst series."""
    return max(float(np.quantile(taken, 0.75) / taken.min()) for taken in times)


def was_busy(times: Iterable[Times]) -> bool:
    """Whether other programs took so much of the machine that times should not be compared.

    A product of matrices runs in several threads, which then wait for each other, even in the
    quickest round: it suffers many times as much as what runs in one.

    Args:
        times: all that were measured, arrays of shape (rounds,).
    """
    # Where programs wait for processors, and a system that counts them.
    waiting = hasattr(os, "getloadavg") and os.getloadavg()[0] / (os.cpu_count() or 1)
    return waiting > MAX_LOAD or spread(times) > MAX_SPREAD


def concluded(conclusion: str, times: Sequence[Times], is_busy: bool) -> str:
    """The sentences below a figure: what the times come to, and how and where they were measured.

    Args:
        conclusion: one or more sentences; left out if the machine was busy.
        times: arrays of shape (rounds,), all of the same rounds.
        is_busy: as from `was_busy`.
    """
    if is_busy:
        conclusion = (
            f"This machine is busy, and times vary by a factor of up to {factor(spread(times))}: "
            "before you compare them, run this cell again when it is idle."
        )
    where = "measured in a browser (WebAssembly)" if IN_BROWSER else "measured"
    return (
        f"{conclusion} Bars: the quickest of {times[0].size} rounds, {where} in turns. Three "
        "rounds in four took no longer than their line (arrow: beyond)."
    )
