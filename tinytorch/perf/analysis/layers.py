"""Where the error of a quantized model enters, layer by layer."""

from __future__ import annotations

from typing import Any, TypedDict

from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.structure import flat_layers
from tinytorch.core.tensor import Tensor
from tinytorch.perf.analysis.metrics import sqnr_db, worst_output
from tinytorch.perf.quantization.linear import QuantizedLinear
from tinytorch.perf.quantization.validation import naming


class LayerError(TypedDict):
    """What quantization did to one layer; None stands for what the layer does not have."""

    name: str
    kind: str
    shape: tuple[int, int] | None  # of the weight
    weight_scale: Any  # a number, or an array with one for each output
    weight_zero_point: int | None
    input_scale: float | None
    input_zero_point: int | None
    weight_sqnr_db: float | None  # of the restored against the FP32 weight
    own_sqnr_db: float  # of the output for exact inputs: the error that enters here
    sqnr_db: float  # of the output behind a quantized model: all error so far
    worst_output: int  # where along the last axis that is lowest
    worst_output_sqnr_db: float  # of that output alone, which the others' size can hide


def layer_report(fp32_model: Sequential, int8_model: Sequential, inputs: Any) -> list[LayerError]:
    """Where the error of a quantized model enters, and how it grows from layer to layer.

    Args:
        fp32_model: the model before quantization.
        int8_model: the same model after it; layer by layer of the same kind.
        inputs: Tensor or array of shape (samples, features).

    Returns:
        A LayerError per layer.

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
    rows: list[LayerError] = []
    for (name, reference), (_, layer) in zip(references, layers, strict=True):
        own = layer(exact)
        exact, approximate = reference(exact), layer(approximate)
        if exact.shape != own.shape:
            raise ValueError(
                f"layer_report: layer {name} gives {exact.shape} in one model and {own.shape} "
                "in the other"
            )
        shape = weight_sqnr_db = None
        if isinstance(reference, (Linear, QuantizedLinear)):
            shape = reference.in_features, reference.out_features
        if isinstance(layer, QuantizedLinear) and isinstance(reference, Linear):
            weight_sqnr_db = sqnr_db(reference.weight, layer.dequantized_weight())
        with naming(f"layer_report: the output of layer {name}"):
            worst, worst_sqnr_db = worst_output(exact, approximate)
            rows.append(
                LayerError(
                    name=name,
                    kind=type(layer).__name__,
                    shape=shape,
                    weight_scale=getattr(layer, "weight_scale", None),
                    weight_zero_point=getattr(layer, "weight_zero_point", None),
                    input_scale=getattr(layer, "input_scale", None),
                    input_zero_point=getattr(layer, "input_zero_point", None),
                    weight_sqnr_db=weight_sqnr_db,
                    own_sqnr_db=sqnr_db(exact, own),
                    sqnr_db=sqnr_db(exact, approximate),
                    worst_output=worst,
                    worst_output_sqnr_db=worst_sqnr_db,
                )
            )
    return rows
