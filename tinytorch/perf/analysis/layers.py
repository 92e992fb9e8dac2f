"""Where the error of a quantized model enters, layer by layer."""

from __future__ import annotations

from typing import Any

from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.structure import flat_layers
from tinytorch.core.tensor import Tensor
from tinytorch.perf.analysis.metrics import sqnr_db
from tinytorch.perf.quantization.linear import QuantizedLinear
from tinytorch.perf.quantization.validation import naming

Row = dict[str, Any]


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
        >>> from tinytorch.perf.quantization.model import quantize_model
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
