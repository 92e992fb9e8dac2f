"""Observers: how calibration finds the range of a layer's inputs.

An observer sees one array after another and remembers only a summary of fixed size, so that any
amount of calibration data can stream through. Three are here:

- MinMaxObserver: the smallest and the largest value seen.
- PercentileObserver: the range that leaves out a small share of the values at either end.
- MSEObserver: the range whose quantization error is smallest in the mean square.

The last two keep a histogram around zero whose bins double in width when a larger value comes;
two neighbours then merge into one, so that no count is lost or moved to a wrong place. A bin is
then at most 1 / 8192 of the largest magnitude seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tinytorch.perf.quantization.affine import affine_grid
from tinytorch.perf.quantization.parallel import blocks
from tinytorch.perf.quantization.validation import INT8_MAX_VALUE, INT8_MIN_VALUE, finite_range

Array = NDArray[Any]

BINS = 1 << 15  # 256 KiB of counts


class Observer(Protocol):
    """What calibration asks of an observer; any object with these two methods will do."""

    def update(self, values: Array) -> None:
        """Take in one more array of finite float32 values, of any shape."""

    def range(self) -> tuple[float, float]:
        """The (minimum, maximum) chosen for all that was seen."""


class MinMaxObserver:
    """The full range: nothing that was seen saturates, and one outlier widens every step.

    Example:
        >>> observer = MinMaxObserver()
        >>> observer.update(np.float32([1, 2]))
        >>> observer.update(np.float32([-3, 0]))
        >>> observer.range()
        (-3.0, 2.0)
    """

    def __init__(self) -> None:
        self._minimum = np.inf
        self._maximum = -np.inf

    def update(self, values: Array) -> None:
        """Widen the range to hold these values."""
        minimum, maximum = finite_range(values, "the observed tensor")
        self._minimum = min(self._minimum, minimum)
        self._maximum = max(self._maximum, maximum)

    def range(self) -> tuple[float, float]:
        """The smallest and the largest value seen.

        Raises:
            ValueError: if nothing was seen.
        """
        if self._minimum > self._maximum:
            raise ValueError("the observer has seen no values, so there is no range")
        return self._minimum, self._maximum


class _HistogramObserver(MinMaxObserver):
    """Minimum, maximum and a histogram of BINS bins, symmetric about zero."""

    def __init__(self) -> None:
        super().__init__()
        # Bin i counts values from (i - BINS/2) * width up to the next bin's start.
        self._counts = np.zeros(BINS, dtype=np.int64)
        self._width = 0.0  # a power of two; 0.0 as long as only zeros were seen

    def update(self, values: Array) -> None:
        """Count these values, after making the bins wide enough for them."""
        super().update(values)
        self._widen(max(-self._minimum, self._maximum))
        flat = np.ascontiguousarray(values).reshape(-1)
        for part in blocks(0, flat.size):
            index = flat[part].astype(np.float64)
            if self._width:
                np.floor(index / self._width, out=index)
            index += BINS // 2
            self._counts += np.bincount(index.astype(np.intp), minlength=BINS)

    def _widen(self, magnitude: float) -> None:
        if magnitude == 0.0:
            return
        # frexp gives the next power of two above magnitude / (BINS / 2): the value fits inside.
        needed = float(np.ldexp(1.0, int(np.frexp(magnitude / (BINS // 2))[1])))
        if self._width == 0.0:
            self._width = needed
        while self._width < needed:
            pairs = self._counts.reshape(-1, 2).sum(axis=1)
            self._counts[:] = 0
            self._counts[BINS // 4 : BINS // 4 + BINS // 2] = pairs
            self._width *= 2.0

    def _occupied(self) -> tuple[Array, Array]:
        """(left edge, count) of the bins that are not empty."""
        index = np.flatnonzero(self._counts)
        return (index - BINS // 2) * self._width, self._counts[index]


class PercentileObserver(_HistogramObserver):
    """The range from the (100 - p)-th to the p-th percentile; what lies outside saturates.

    Args:
        percentile: p, above 50 and up to 100 (which is the full range).

    Raises:
        ValueError: if the percentile lies outside that range.

    Example:
        >>> observer = PercentileObserver(99.0)
        >>> observer.update(np.linspace(0, 100, 10_001, dtype=np.float32))
        >>> [round(bound, 1) for bound in observer.range()]
        [1.0, 99.0]
    """

    def __init__(self, percentile: float = 99.99) -> None:
        super().__init__()
        if not 50 < percentile <= 100:
            raise ValueError(f"the percentile must be above 50 and up to 100, got {percentile}")
        self.percentile = percentile

    def range(self) -> tuple[float, float]:
        """The two percentiles, to within one bin of the histogram.

        Raises:
            ValueError: if nothing was seen.
        """
        minimum, maximum = super().range()
        left, counts = self._occupied()
        # Inside a bin, the values are taken as evenly spread.
        rank = np.cumsum(counts) - counts

        def value_at(share: float) -> float:
            wanted = share * counts.sum()
            bin_ = max(0, int(np.searchsorted(rank, wanted, side="right")) - 1)
            inside = (wanted - rank[bin_]) / counts[bin_]
            return float(np.clip(left[bin_] + inside * self._width, minimum, maximum))

        return value_at(1 - self.percentile / 100), value_at(self.percentile / 100)


class MSEObserver(_HistogramObserver):
    """The range that minimizes the mean squared error of 8-bit quantization.

    A narrower range has smaller steps but saturates more values. The best compromise is searched
    on the histogram, in two rounds: both ends drawn in together, then each end alone. The full
    range is among the candidates, so the result is never worse (up to the width of a bin).

    Example:
        >>> observer = MSEObserver()
        >>> outlier = np.append(np.random.default_rng(0).normal(size=10_000), 100.0)
        >>> observer.update(outlier.astype(np.float32))
        >>> observer.range()[1] < 100.0
        True
    """

    SHARES = np.linspace(1.0, 0.01, 100).tolist()  # of the range that a round starts from
    ROUNDS = 2

    def range(self) -> tuple[float, float]:
        """The range with the smallest error.

        Raises:
            ValueError: if nothing was seen.
        """
        minimum, maximum = super().range()
        left, counts = self._occupied()
        centers = np.clip(left + self._width / 2, minimum, maximum)

        def error(bounds: tuple[float, float]) -> float:
            scale, zero_point = affine_grid(*bounds, INT8_MIN_VALUE, INT8_MAX_VALUE)
            codes = np.rint(centers / scale) + zero_point
            codes = np.clip(codes, INT8_MIN_VALUE, INT8_MAX_VALUE)
            return float(np.dot(((codes - zero_point) * scale - centers) ** 2, counts))

        best = (minimum, maximum)
        for _ in range(self.ROUNDS):
            low, high = best
            best = min(((low * s, high * s) for s in self.SHARES), key=error)
            best = min([best, *((low * s, best[1]) for s in self.SHARES)], key=error)
            best = min([best, *((best[0], high * s) for s in self.SHARES)], key=error)
        return best


OBSERVERS: dict[str, Callable[[], Observer]] = {
    "minmax": MinMaxObserver,
    "percentile": PercentileObserver,
    "mse": MSEObserver,
}


def observer_factory(observer: str | Callable[[], Observer]) -> Callable[[], Observer]:
    """Turn an `observer` argument into a function that makes observers.

    Args:
        observer: "minmax", "percentile", "mse", or a callable without arguments that makes an
            observer, such as an observer class.

    Raises:
        ValueError: if the name is not known.
        TypeError: if it is neither a name nor a callable.
    """
    if isinstance(observer, str):
        if observer not in OBSERVERS:
            raise ValueError(f"observer must be one of {sorted(OBSERVERS)}, got {observer!r}")
        return OBSERVERS[observer]
    if not callable(observer):
        raise TypeError(
            f"observer must be a name or a callable that makes an observer, such as "
            f"PercentileObserver, got {type(observer).__name__}"
        )
    return observer
