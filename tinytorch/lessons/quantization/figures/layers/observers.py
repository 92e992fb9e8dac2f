"""How observers choose a range where there are outliers, and what each choice costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.lessons.quantization.figures.drawing import (
    GRID_COLOUR,
    INT8_COLOUR,
    OTHER_COLOUR,
    describe,
)
from tinytorch.lessons.quantization.figures.panels import paired_bars
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.perf.analysis import sqnr_db
from tinytorch.perf.quantization.affine import choose_qparams, dequantize_array, quantize_array
from tinytorch.perf.quantization.observers import OBSERVERS, Observer

TYPICAL, OUTLIERS = 100_000, 10


def measure_observers(
    observers: Mapping[str, Callable[[], Observer]] = OBSERVERS,
) -> dict[str, dict[str, Any]]:
    """Ranges for 100,000 normal values and 10 outliers, and the SQNR that they lead to.

    Returns:
        A dict from observer names to dicts of percentile, the upper one that it takes or None;
        range, the (minimum, maximum) chosen; sqnr_db, of all values; and typical_sqnr_db, of those
        that are no outliers.
    """
    values = outlier_values()
    results = {}
    for name, make_observer in observers.items():
        observer = make_observer()
        observer.update(values)
        low, high = observer.range()
        scale, zero_point = choose_qparams(low, high)
        codes = quantize_array(values, scale, zero_point, (values.min(), values.max()))
        restored = dequantize_array(codes, scale, zero_point)
        results[name] = {
            "percentile": getattr(observer, "percentile", None),
            "range": (low, high),
            "sqnr_db": sqnr_db(values, restored),
            "typical_sqnr_db": sqnr_db(values[:TYPICAL], restored[:TYPICAL]),
        }
    return results


def outlier_values() -> NDArray[np.float32]:
    """100,000 normal values with deviation 1, then 10 outliers of magnitude 8 to 16."""
    rng = np.random.default_rng(0)
    far = rng.uniform(8, 16, OUTLIERS) * rng.choice([-1, 1], OUTLIERS)
    return np.append(rng.standard_normal(TYPICAL), far).astype(np.float32)


@figure(1, 2)
def observers_compared(
    axes: Any, observers: Mapping[str, Callable[[], Observer]] = OBSERVERS
) -> None:
    """Draw the range that each observer chooses for an input with outliers, and its SQNR.

    Args:
        observers: from names to callables that make observers.

    Returns:
        A matplotlib Figure of two panels.
    """
    results = measure_observers(observers)
    axis = axes[0, 0]
    axis.hist(outlier_values(), 120, color=GRID_COLOUR, log=True)
    axis.set_ylim(0.7, 1e7)
    texts = [_text(name, result["percentile"]) for name, result in results.items()]
    for position, (text, result) in enumerate(zip(texts, results.values(), strict=True)):
        low, high = result["range"]
        height = 3e6 / 8**position
        axis.plot([low, high], [height, height], "|-", color=INT8_COLOUR, markersize=9, mew=2)
        axis.annotate(
            text, (high, height), (7, 0), textcoords="offset points", va="center", linespacing=1
        )
    axis.set_xlim(right=1.8 * axis.get_xlim()[1])
    describe(axis, "The ranges chosen, over a histogram", "input value", "values per bin")

    axis = axes[0, 1]
    pairs = [
        (label, colour, [row[key] for row in results.values()], "{:.1f}".format)
        for key, label, colour in (
            ("sqnr_db", "all values", INT8_COLOUR),
            ("typical_sqnr_db", "without the outliers", OTHER_COLOUR),
        )
    ]
    paired_bars(axis, texts, pairs)
    axis.margins(y=0.3)
    axis.legend(frameon=False, loc="upper left", ncols=2)
    best = max(results, key=lambda name: float(results[name]["sqnr_db"]))
    best_typical = max(results, key=lambda name: float(results[name]["typical_sqnr_db"]))
    title = f"Best for all: {best}; without the outliers: {best_typical}"
    describe(axis, title if best != best_typical else f"Best: {best}", "observer", "SQNR (dB)")


def _text(name: str, percentile: float | None) -> str:
    return name if percentile is None else f"{name}\n{100 - percentile:.4g} to {percentile:g}"
