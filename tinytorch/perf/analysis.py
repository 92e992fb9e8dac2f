"""What quantization does to numbers and to predictions: errors, flips, sweeps.

INT8 networks are analysed as they are; other bit widths and one scale per channel are simulated
(`tinytorch.perf.simulation`). Cross-layer equalization changes a network before it is quantized
(`tinytorch.perf.equalization`). What experiments need of both is importable here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from tinytorch.core.layers import Linear, Sequential, leaf_layers
from tinytorch.core.structure import flat_layers
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import accuracy, predict
from tinytorch.perf.checks import naming
from tinytorch.perf.equalization import equalize, rescale_hidden_units
from tinytorch.perf.flips import prediction_flips
from tinytorch.perf.quantized_linear import QuantizedLinear
from tinytorch.perf.simulation import fake_quantize, simulate

__all__ = [
    "bit_width_sweep",
    "equalize",
    "fake_quantize",
    "layer_report",
    "prediction_flips",
    "rescale_hidden_units",
    "sensitivity",
    "simulate",
    "sqnr_db",
]

Row = dict[str, Any]
WIDTHS = range(8, 1, -1)


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


def layer_report(fp32_model: Sequential, int8_model: Sequential, inputs: Any) -> list[Row]:
    """Where the error of a quantized model enters, and how it grows from layer to layer.

    Args:
        fp32_model: the model before quantization.
        int8_model: the same model after it; layer by layer of the same kind.
        inputs: Tensor or array of shape (samples, features).

    Returns:
        A dict per layer: name, kind, shape of the weight (None for ReLU); weight_scale,
        weight_zero_point, input_scale and input_zero_point (None where there are none);
        weight_sqnr_db, of the restored against the FP32 weight (None for other layers);
        own_sqnr_db, of this layer's output when it gets exact inputs: the error that enters here;
        and sqnr_db, of its output when the whole model before it is quantized: all error so far.

    Raises:
        ValueError: if the models do not have the same layers.

    Example:
        >>> import copy
        >>> from tinytorch.datasets import load_digits, load_digits_model
        >>> from tinytorch.perf.quantization import quantize_model
        >>> model, images = load_digits_model(), load_digits().test_images
        >>> int8_model = copy.deepcopy(model)
        >>> quantize_model(int8_model, [images])
        >>> rows = layer_report(model, int8_model, images)
        >>> [row["kind"] for row in rows[:2]], rows[0]["sqnr_db"] > 35
        (['QuantizedLinear', 'ReLU'], True)
    """
    references, layers = flat_layers(fp32_model), flat_layers(int8_model)
    if len(references) != len(layers):
        raise ValueError(
            f"layer_report: the models have {len(references)} and {len(layers)} layers"
        )
    exact = approximate = inputs if isinstance(inputs, Tensor) else Tensor(inputs)
    rows = []
    for (name, reference), (_, layer) in zip(references, layers, strict=True):
        own = layer(exact)
        exact, approximate = reference(exact), layer(approximate)
        if exact.shape != own.shape:
            raise ValueError(
                f"layer_report: layer {name} gives {exact.shape} in one model and {own.shape} "
                "in the other"
            )
        quantized = isinstance(layer, QuantizedLinear)
        row: Row = {"name": name, "kind": type(layer).__name__, "shape": None}
        if isinstance(reference, (Linear, QuantizedLinear)):
            row["shape"] = (reference.in_features, reference.out_features)
        for key in ("weight_scale", "weight_zero_point", "input_scale", "input_zero_point"):
            row[key] = getattr(layer, key, None)
        row["weight_sqnr_db"] = None
        if quantized and isinstance(reference, Linear):
            row["weight_sqnr_db"] = sqnr_db(reference.weight, layer.dequantized_weight())
        with naming(f"layer_report: the output of layer {name}"):
            row["own_sqnr_db"] = sqnr_db(exact, own)
            row["sqnr_db"] = sqnr_db(exact, approximate)
        rows.append(row)
    return rows


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
