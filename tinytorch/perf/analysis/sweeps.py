"""What quantization costs as one thing varies: the bit width, or the layer that is quantized."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from tinytorch.core.layers import Linear, Sequential, leaf_layers
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import accuracy, predict
from tinytorch.perf.analysis.fake_quantization import simulate
from tinytorch.perf.analysis.metrics import sqnr_db

Row = dict[str, Any]
WIDTHS = range(8, 1, -1)


def bit_width_sweep(
    model: Sequential,
    inputs: Any,
    labels: Any,
    *,
    bits: Iterable[int] = WIDTHS,
    symmetric: bool = False,
    axis: int | None = None,
    calibration_data: Iterable[Tensor] | None = None,
) -> list[Row]:
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
        A dict per width: bits; accuracy, from 0 to 1; flips, predictions that differ from FP32;
        and sqnr_db of the outputs.

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
    samples = _listed(calibration_data)
    return [
        {"bits": width}
        | _compared(
            model,
            simulate(model, width, symmetric=symmetric, axis=axis, calibration_data=samples),
            inputs,
            labels,
        )
        for width in bits
    ]


def sensitivity(
    model: Sequential,
    inputs: Any,
    labels: Any,
    *,
    bits: int = 8,
    symmetric: bool = False,
    axis: int | None = None,
    calibration_data: Iterable[Tensor] | None = None,
) -> list[Row]:
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
        A dict per Linear: name; accuracy, from 0 to 1; flips, predictions that differ from FP32;
        and sqnr_db of the outputs.

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
    samples = _listed(calibration_data)
    names = [name for name, layer in leaf_layers(model) if isinstance(layer, Linear)]
    return [
        {"name": name}
        | _compared(
            model,
            simulate(
                model,
                bits,
                symmetric=symmetric,
                axis=axis,
                calibration_data=samples,
                only=name,
            ),
            inputs,
            labels,
        )
        for name in names
    ]


def _listed(batches: Iterable[Tensor] | None) -> Iterable[Tensor] | None:
    """A generator as a list, which can be read again and again; other iterables as they are."""
    return list(batches) if isinstance(batches, Iterator) else batches


def _compared(reference: Any, model: Any, inputs: Any, labels: Any) -> Row:
    x = inputs if isinstance(inputs, Tensor) else Tensor(inputs)
    exact, rounded = reference(x), model(x)
    return {
        "accuracy": accuracy(lambda _: rounded, x, labels),
        "flips": int(np.sum(predict(lambda _: exact, x) != predict(lambda _: rounded, x))),
        "sqnr_db": sqnr_db(exact, rounded),
    }
