"""The signal-to-quantization-noise ratio: how large an error is, beside what it disturbs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def sqnr_db(reference: Any, approximation: Any) -> float:
    """Signal-to-quantization-noise ratio: 10 log10(sum(r**2) / sum((r - a)**2)).

    Uniform values over the full range of b bits have about 6.02 b dB (Bennett 1948).

    Args:
        reference: the exact values, any shape, not all zero.
        approximation: the values with errors, same shape.

    Returns:
        Decibels; infinity if there is no error.

    Raises:
        ValueError: if the shapes differ, the reference is empty or all zero, or a value is not
            finite.

    Example:
        >>> round(sqnr_db([1.0, 2.0], [1.0, 2.01]), 1)
        47.0
    """
    exact, other = (np.asarray(a, dtype=np.float64) for a in (reference, approximation))
    if exact.shape != other.shape:
        raise ValueError(f"sqnr_db: shapes {exact.shape} and {other.shape} differ")
    largest = np.abs(exact).max() if exact.size else 0.0
    if not 0 < largest < np.inf:
        raise ValueError("sqnr_db: the reference must hold finite values that are not all zero")
    if not np.isfinite(other).all():
        raise ValueError("sqnr_db: the approximation holds NaN or infinite values")
    # Divided by the largest value, tiny signals do not underflow when they are squared.
    signal = float(np.sum((exact / largest) ** 2))
    noise = float(np.sum(((exact - other) / largest) ** 2))
    return math.inf if noise == 0.0 else 10.0 * math.log10(signal / noise)
