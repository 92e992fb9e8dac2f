"""Two measures of what quantization costs: the error beside the signal, and changed predictions."""

from __future__ import annotations

import math
from typing import Any, TypedDict

import numpy as np

from tinytorch.core.training import as_labels, predict


class PredictionFlips(TypedDict):
    """How the predictions of two models differ; the three kinds of flips add up to all."""

    images: int
    flips: int  # predictions that differ
    right_to_wrong: int
    wrong_to_right: int
    wrong_to_wrong: int
    fp32_accuracy: float  # from 0 to 1
    int8_accuracy: float
    accuracy_loss: float  # their difference
    accuracy_loss_bound: float  # its upper 95 % bound


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


def worst_output(reference: Any, approximation: Any) -> tuple[int, float]:
    """The output, along the last axis, that has the lowest ratio of signal to noise.

    Args:
        reference: the exact values, of shape (..., outputs), not all zero.
        approximation: the values with errors, same shape.

    Returns:
        (position, decibels), see `sqnr_db`. An output that is zero throughout has no signal, and is
        passed over.

    Raises:
        ValueError: as `sqnr_db`.

    Example:
        >>> position, decibels = worst_output([[100.0, 1.0]], [[100.1, 0.0]])
        >>> position, decibels, round(sqnr_db([100.0, 1.0], [100.1, 0.0]))
        (1, 0.0, 40)
    """
    sqnr_db(reference, approximation)  # which refuses what has none
    exact, other = (np.asarray(a, dtype=np.float64) for a in (reference, approximation))
    exact, other = (array.reshape(-1, exact.shape[-1]) for array in (exact, other))
    largest = np.abs(exact).max(axis=0)
    there = np.flatnonzero(largest)
    signal = np.sum((exact[:, there] / largest[there]) ** 2, axis=0)
    noise = np.sum(((exact - other)[:, there] / largest[there]) ** 2, axis=0)
    with np.errstate(divide="ignore"):
        decibels = 10.0 * np.log10(signal / noise)
    worst = int(np.argmin(decibels))
    return int(there[worst]), float(decibels[worst])


def prediction_flips(fp32_model: Any, int8_model: Any, inputs: Any, labels: Any) -> PredictionFlips:
    """Compare the predictions of two models image by image.

    Equal accuracy can hide changed predictions, and no change on a few images proves little. The
    bound is the exact (Clopper and Pearson 1934) one-sided 95 % bound on the share of images
    whose prediction turns from right to wrong; those that turn right are not credited, so it also
    bounds the loss of accuracy. With no such flip it is close to 3 / images.

    Args:
        fp32_model: any callable from (samples, features) to (samples, classes).
        int8_model: the model to compare with it.
        inputs: Tensor or array of shape (samples, features).
        labels: integers of shape (samples,).

    Returns:
        The PredictionFlips.

    Raises:
        TypeError: if the labels are not whole numbers.
        ValueError: if there are no samples, more or fewer labels than samples, or a NaN output.

    Example:
        >>> from tinytorch.datasets import load_digits, load_digits_model
        >>> digits, model = load_digits(), load_digits_model()
        >>> same = prediction_flips(model, model, digits.test_images, digits.test_labels)
        >>> same["flips"], round(same["accuracy_loss_bound"], 4)
        (0, 0.0015)
    """
    labels = as_labels(labels, "prediction_flips")
    before, after = predict(fp32_model, inputs), predict(int8_model, inputs)
    if not before.shape == after.shape == labels.shape or labels.size == 0:
        raise ValueError(
            f"prediction_flips needs one label per sample and at least one sample, got labels of "
            f"shape {labels.shape} for predictions of shape {before.shape}"
        )
    was_right, is_right = before == labels, after == labels
    flipped = before != after
    lost = int(np.sum(was_right & ~is_right))
    return {
        "images": labels.size,
        "flips": int(flipped.sum()),
        "right_to_wrong": lost,
        "wrong_to_right": int(np.sum(~was_right & is_right)),
        "wrong_to_wrong": int(np.sum(flipped & ~was_right & ~is_right)),
        "fp32_accuracy": float(was_right.mean()),
        "int8_accuracy": float(is_right.mean()),
        "accuracy_loss": float(was_right.mean() - is_right.mean()),
        "accuracy_loss_bound": _upper_bound(lost, labels.size),
    }


def _upper_bound(events: int, trials: int, confidence: float = 0.95) -> float:
    """Clopper-Pearson: the largest p for which at most `events` has probability 1 - confidence."""
    if events == trials:
        return 1.0

    def at_most_events(p: float) -> float:
        terms = (
            math.lgamma(trials + 1)
            - math.lgamma(k + 1)
            - math.lgamma(trials - k + 1)
            + k * math.log(p)
            + (trials - k) * math.log1p(-p)
            for k in range(events + 1)
        )
        return math.fsum(map(math.exp, terms))

    low, high = 0.0, 1.0
    for _ in range(60):  # bisection: at_most_events falls as p grows
        middle = (low + high) / 2
        if at_most_events(middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high
