"""What quantization costs as one thing varies: the bit width, or the layer that is quantized."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypedDict

import numpy as np

from tinytorch.core.layers import Linear, Sequential, leaf_layers
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import accuracy
from tinytorch.perf.analysis.fake_quantization import simulate
from tinytorch.perf.analysis.metrics import sqnr_db

WIDTHS = range(8, 1, -1)


class Cost(TypedDict):
    """What a quantized model loses against the FP32 model."""

    accuracy: float  # of the quantized model, from 0 to 1
    flips: int  # predictions that differ from FP32
    sqnr_db: float  # of the outputs


class BitWidthCost(Cost):
    """What a bit width costs."""

    bits: int


class LayerCost(Cost):
    """What it costs to quantize one layer."""

    name: str


def bit_width_sweep(
    model: Sequential,
    inputs: Any,
    labels: Any,
    *,
    bits: Iterable[int] = WIDTHS,
    symmetric: bool = False,
    axis: int | None = None,
    calibration_data: Iterable[Tensor] | None = None,
) -> list[BitWidthCost]:
    """Accuracy and error of a model at several bit widths.

    Args:
        model: the FP32 model.
        inputs: Tensor or array of shape (samples, features).
        labels: integers of shape (samples,).
        bits: the widths, each 2 to 8.
        symmetric: as in `simulate`.
        axis: as in `simulate`.
        calibration_data: as in `simulate`; it is kept in a list and used once per width.

    Returns:
        A BitWidthCost per width.

    Raises:
        TypeError: if the labels are not whole numbers.
        ValueError: if the model is quantized or has no Linear, or an argument does not fit.

    Example:
        >>> from tinytorch.datasets import load_digits, load_digits_model
        >>> digits = load_digits()
        >>> rows = bit_width_sweep(load_digits_model(), digits.test_images, digits.test_labels)
        >>> [row["bits"] for row in rows], rows[0]["sqnr_db"] - rows[3]["sqnr_db"] > 12
        ([8, 7, 6, 5, 4, 3, 2], True)
    """
    widths = list(bits)
    options = [{"bits": width, "symmetric": symmetric, "axis": axis} for width in widths]
    costs = _costs(model, inputs, labels, calibration_data, options)
    return [{"bits": width, **cost} for width, cost in zip(widths, costs, strict=True)]


def sensitivity(
    model: Sequential,
    inputs: Any,
    labels: Any,
    *,
    bits: int = 8,
    symmetric: bool = False,
    axis: int | None = None,
    calibration_data: Iterable[Tensor] | None = None,
) -> list[LayerCost]:
    """Quantize one Linear at a time, the rest FP32, to find the layers that suffer most.

    Args:
        model: the FP32 model.
        inputs: Tensor or array of shape (samples, features).
        labels: integers of shape (samples,).
        bits: width of a code, 2 to 8.
        symmetric: as in `simulate`.
        axis: as in `simulate`.
        calibration_data: as in `simulate`; it is kept in a list and used once per layer.

    Returns:
        A LayerCost per Linear.

    Raises:
        TypeError: if the labels are not whole numbers.
        ValueError: if the model is quantized or has no Linear, or an argument does not fit.

    Example:
        >>> from tinytorch.datasets import load_digits, load_digits_model
        >>> digits = load_digits()
        >>> rows = sensitivity(load_digits_model(), digits.test_images, digits.test_labels, bits=3)
        >>> [row["name"] for row in rows]
        ['0', '2', '4']
    """
    names = [name for name, layer in leaf_layers(model) if isinstance(layer, Linear)]
    options = [{"bits": bits, "symmetric": symmetric, "axis": axis, "only": name} for name in names]
    costs = _costs(model, inputs, labels, calibration_data, options)
    return [{"name": name, **cost} for name, cost in zip(names, costs, strict=True)]


def _costs(
    model: Sequential,
    inputs: Any,
    labels: Any,
    calibration_data: Iterable[Tensor] | None,
    options: Iterable[dict[str, Any]],
) -> Iterator[Cost]:
    """What each set of options for `simulate` costs."""
    if isinstance(calibration_data, Iterator):
        calibration_data = list(calibration_data)  # to be read again and again
    x = inputs if isinstance(inputs, Tensor) else Tensor(inputs)
    exact: Tensor | None = None
    for each in options:
        simulated = simulate(model, **each, calibration_data=calibration_data)
        if exact is None:  # `simulate` has refused what is no FP32 model
            exact = model(x)
        yield _compared(exact, simulated(x), labels)


def _compared(exact: Tensor, rounded: Tensor, labels: Any) -> Cost:
    return {
        "accuracy": accuracy(lambda outputs: outputs, rounded, labels),
        "flips": int(np.sum(exact.data.argmax(axis=-1) != rounded.data.argmax(axis=-1))),
        "sqnr_db": sqnr_db(exact, rounded),
    }
