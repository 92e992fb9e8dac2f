"""Quantized layers of a user's own, as the library's: what a student has built can be deployed.

Any object counts that has the attributes of a `QuantizedLinear`: `q_weight` (int8, in x out),
`weight_scale`, `weight_zero_point`, and if it has them `q_bias`, `bias_scale`, `bias_zero_point`
and, once calibrated, `input_scale` and `input_zero_point`. What it computes is taken to be what
these stand for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.core.structure import flat_layers
from tinytorch.core.tensor import Tensor
from tinytorch.core.walk import attribute
from tinytorch.perf.quantization.linear import QuantizedLinear
from tinytorch.perf.quantization.validation import QParams, described, naming


def deployable_layers(model: Any) -> list[tuple[str, Any]]:
    """The layers as `flat_layers` gives them, with quantized ones of a user's own as the library's.

    Raises:
        TypeError: as `flat_layers`, or if an attribute has another type.
        ValueError: if an attribute is missing, or they do not fit together.
    """
    made: dict[int, Any] = {}
    layers = []
    for name, layer in flat_layers(model):
        if id(layer) not in made:
            made[id(layer)] = as_quantized_linear(layer, f"layer {name}")
        layers.append((name, made[id(layer)]))
    return layers


def as_quantized_linear(layer: Any, name: str) -> Any:
    """A layer with the attributes of a quantized one as a QuantizedLinear, any other as it is.

    Args:
        layer: any layer.
        name: to begin an error with.

    Raises:
        TypeError: if an attribute has another type.
        ValueError: if one is missing, or they do not fit together.
    """
    if type(layer) is QuantizedLinear or attribute(layer, "q_weight") is None:
        return layer
    with naming(f"{name}, {described(layer)}"):
        weight = _qparams(layer, "weight", True)
        q_bias = getattr(layer, "q_bias", None)
        bias = _qparams(layer, "bias", q_bias is not None)
        return QuantizedLinear.from_codes(
            _codes(layer.q_weight),
            weight,  # type: ignore[arg-type]
            None if q_bias is None else _codes(q_bias),
            bias if q_bias is not None else None,
            _qparams(layer, "input", getattr(layer, "input_scale", None) is not None),
            getattr(layer, "float_bias", None),
        )


def _qparams(layer: Any, part: str, needed: bool) -> QParams | None:
    scale, zero_point = (getattr(layer, f"{part}_{name}", None) for name in ("scale", "zero_point"))
    for name, value in (("scale", scale), ("zero_point", zero_point)):
        if value is None and needed:
            raise ValueError(
                f"it has no {part}_{name}; a quantized layer needs q_weight, weight_scale and "
                "weight_zero_point, and with a bias or calibrated inputs the same of these"
            )
    if scale is None or zero_point is None:
        return None
    return QParams(_number(scale), _number(zero_point))


def _number(value: Any) -> Any:
    """A number as Python's, if it is one of NumPy's or a Tensor's; an array as an array."""
    array = np.asarray(value)
    return array.item() if array.ndim == 0 and array.dtype.kind in "fiu" else array


def _codes(values: Any) -> Tensor:
    return values if isinstance(values, Tensor) else Tensor(values)
