"""A layer as a model file has it: an entry in the description, and arrays by name.

An entry is a dict with the layer's "kind". One with weights says whether it has a "bias", and has
arrays "weight" and "bias", or "q_weight" and "q_bias" if they are codes; scales and zero points are
numbers in the entry. Since version 2 of the format there are also

- "weight_scale": "float32" (or "float64") for an array "weight_scale", one number for each output;
- "float_bias": true for a quantized layer whose "bias" is float32;
- "shared": {"weight": 0} for a weight (or a bias) that is that of the layer 0 of the list.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import GELU, Dropout, Flatten, Linear, ReLU, Sigmoid, Softmax, Tanh
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization.linear import QuantizedLinear
from tinytorch.perf.quantization.validation import QParams

NAMES = ("weight", "bias", "input")
WITHOUT_ARRAYS = {kind.__name__: kind for kind in (ReLU, Sigmoid, Tanh, GELU, Softmax, Flatten)}
KINDS = (Linear, QuantizedLinear, Dropout, *WITHOUT_ARRAYS.values())
SCALES: dict[str, type[np.generic]] = {"float32": np.float32, "float64": np.float64}

Array = NDArray[Any]


class Reader(Protocol):
    """Arrays of a file by name."""

    def read(self, name: str, dtype: type[np.generic], ndim: int) -> Array:
        """Read an array that must have this dtype and number of axes, or raise ValueError."""


@contextmanager
def fitting(place: str) -> Iterator[None]:
    """In a file, and in a layer that somebody changed, a wrong type is a wrong value too."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise ValueError(f"{place}: {error}") from error


def written(layer: Any) -> tuple[dict[str, Any], dict[str, Array]]:
    """A layer's entry, and its arrays by name.

    Raises:
        TypeError: if one of its parts has another type.
        ValueError: if its parts do not fit together.
    """
    entry: dict[str, Any] = {"kind": type(layer).__name__}
    if isinstance(layer, Dropout):
        return entry | {"p": layer.p}, {}
    if type(layer) not in (Linear, QuantizedLinear):
        return entry, {}
    if type(layer) is Linear:
        weight, bias, prefix = layer.weight, layer.bias, ""
        whole: Any = Linear.from_arrays(weight, bias)  # which checks that they fit together
        arrays = {"weight": weight.data}
    else:
        weight, bias, prefix = layer.q_weight, layer.q_bias, "q_"
        pairs = {a: (getattr(layer, f"{a}_scale"), getattr(layer, f"{a}_zero_point"))
                 for a in NAMES}  # fmt: skip
        whole = _quantized(weight, bias, pairs, layer.float_bias)
        arrays = {"q_weight": weight.data}
        if isinstance(layer.weight_scale, np.ndarray):
            arrays["weight_scale"] = layer.weight_scale
            pairs["weight"] = str(layer.weight_scale.dtype), 0
        for name, (scale, zero_point) in pairs.items():
            number = scale if scale is None or isinstance(scale, str) else float(scale)
            entry[f"{name}_scale"] = number
            entry[f"{name}_zero_point"] = None if zero_point is None else int(zero_point)
        if layer.float_bias is not None:
            bias, prefix = layer.float_bias, ""
            entry["float_bias"] = True
    if (whole.in_features, whole.out_features) != (layer.in_features, layer.out_features):
        raise ValueError(f"{layer!r} has a weight of shape {weight.shape}")
    if bias is not None:
        arrays[f"{prefix}bias"] = bias.data
    return entry | {"bias": bias is not None}, arrays


def needs_version_2(entry: dict[str, Any]) -> bool:
    """Whether readers of version 1 would not understand an entry."""
    new = {"shared", "float_bias"} & set(entry) or isinstance(entry.get("weight_scale"), str)
    return bool(new) or entry["kind"] not in ("Linear", "QuantizedLinear", "ReLU")


def read(entry: Any, position: int, arrays: Reader, before: list[Any]) -> Any:
    """Make the layer of an entry.

    Args:
        entry: the entry.
        position: its position in the list of layers.
        arrays: of the file.
        before: the layers that were made so far.

    Raises:
        ValueError: if it is no entry, or its parts do not fit together.
    """
    place = f"layer {position}"
    if not isinstance(entry, dict):
        raise ValueError(f"{place} is described by a {type(entry).__name__}, expected a dict")
    kind = entry.get("kind")
    if isinstance(kind, str) and kind in WITHOUT_ARRAYS:
        return WITHOUT_ARRAYS[kind]()
    if kind == "Dropout":
        with fitting(place):
            return Dropout(entry.get("p"))  # type: ignore[arg-type]
    if kind not in ("Linear", "QuantizedLinear"):
        raise ValueError(f"{place} has the unknown kind {kind!r}")
    if not isinstance(entry.get("bias"), bool):
        raise ValueError(f"{place} does not say whether it has a bias")
    is_float_bias = entry.get("float_bias", False)
    if not isinstance(is_float_bias, bool) or (is_float_bias and not entry["bias"]):
        raise ValueError(f"{place} has no float32 bias, and says {is_float_bias!r} of it")
    shared = entry.get("shared", {})

    def tensor(name: str, dtype: type[np.generic], ndim: int) -> Tensor:
        if isinstance(shared, dict) and (role := name.removeprefix("q_")) in shared:
            return _of_layer(shared[role], name, before, place)
        return Tensor(arrays.read(f"{position}.{name}", dtype, ndim))

    if kind == "Linear":
        weight = tensor("weight", np.float32, 2)
        bias = tensor("bias", np.float32, 1) if entry["bias"] else None
        with fitting(place):
            return Linear.from_arrays(weight, bias)
    codes = tensor("q_weight", np.int8, 2)
    float_bias = tensor("bias", np.float32, 1) if is_float_bias else None
    q_bias = tensor("q_bias", np.int8, 1) if entry["bias"] and not is_float_bias else None
    pairs = {name: (entry.get(f"{name}_scale"), entry.get(f"{name}_zero_point")) for name in NAMES}
    scale, zero_point = pairs["weight"]
    if isinstance(scale, str) and scale in SCALES:
        pairs["weight"] = arrays.read(f"{position}.weight_scale", SCALES[scale], 1), zero_point
    with fitting(place):
        return _quantized(codes, q_bias, pairs, float_bias)


def _quantized(
    q_weight: Tensor, q_bias: Tensor | None, pairs: dict[str, Any], float_bias: Tensor | None
) -> QuantizedLinear:
    weight, bias, inputs = (
        None if pairs[name][0] is None and pairs[name][1] is None else QParams(*pairs[name])
        for name in NAMES
    )
    return QuantizedLinear.from_codes(q_weight, weight, q_bias, bias, inputs, float_bias)  # type: ignore[arg-type]


def _of_layer(number: Any, name: str, before: list[Any], place: str) -> Tensor:
    """The parameter that a layer shares with an earlier one."""
    is_integer = isinstance(number, int) and not isinstance(number, bool)
    layer = before[number] if is_integer and 0 <= number < len(before) else None
    if name == "bias" and isinstance(layer, QuantizedLinear):
        name = "float_bias"
    tensor = getattr(layer, name, None)
    if not isinstance(tensor, Tensor):
        raise ValueError(f"{place} shares the {name} of layer {number!r}, which has none")
    return tensor
