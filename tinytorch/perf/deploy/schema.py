"""What a model file says besides its arrays: the layers, their scales, and how they nest.

A file holds this description as JSON text, and the arrays by name: "0.weight" or "1.q_bias", with
the layer's position in the description's list of layers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import Linear, ReLU, Sequential
from tinytorch.core.structure import flat_layers
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization.linear import QuantizedLinear
from tinytorch.perf.quantization.validation import QParams

FORMAT = "tinytorch"
VERSION = 1
NAMES = ("weight", "bias", "input")
QPARAMS = [f"{a}_{b}" for a in NAMES for b in ("scale", "zero_point")]
MAX_DEPTH = 64  # levels of nested Sequentials

Array = NDArray[Any]


class Reader(Protocol):
    """Arrays of a file by name."""

    def read(self, name: str, dtype: type[np.generic], ndim: int) -> Array:
        """Read an array that must have this dtype and number of axes, or raise ValueError."""


def described(model: Sequential) -> tuple[bytes, dict[str, Array]]:
    """Describe a model.

    Returns:
        The description, and the arrays by name. A layer that appears twice is there once.

    Raises:
        TypeError: if the model is not a Sequential or holds another kind of layer.
        ValueError: if a layer's parts do not fit together, or Sequentials are nested too deeply.
    """
    if not isinstance(model, Sequential):
        raise TypeError(f"save expects a Sequential, got {type(model).__name__}")
    layers: dict[int, Any] = {}
    nesting = _nesting(model, layers, 0)
    flat_layers(model)  # which refuses what would be lost
    for layer in layers.values():
        if type(layer) not in (Linear, QuantizedLinear, ReLU):
            raise TypeError(
                f"save can store Linear, QuantizedLinear and ReLU layers, not {layer!r}"
            )
    entries, arrays = [], {}
    for position, layer in enumerate(layers.values()):
        with _fitting(f"save: layer {position} of {len(layers)}"):
            entry, members = _describe(layer)
        entries.append(entry)
        arrays.update({f"{position}.{name}": array for name, array in members.items()})
    head = {"format": FORMAT, "version": VERSION, "layers": entries, "model": nesting}
    return json.dumps(head).encode("utf-8"), arrays


@contextmanager
def _fitting(place: str) -> Iterator[None]:
    """In a file, and in a layer that somebody changed, a wrong type is a wrong value too."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise ValueError(f"{place}: {error}") from error


def restored(description: bytes, arrays: Reader) -> Sequential:
    """Make the model that a description and arrays describe.

    Raises:
        ValueError: if they do not describe one; the message says what is wrong.
    """
    head = _head(description)
    layers = [_read_layer(entry, position, arrays) for position, entry in enumerate(head["layers"])]
    return _nested(head["model"], layers, 0)


# Writing


def _nesting(container: Sequential, layers: dict[int, Any], depth: int) -> list[Any]:
    """Positions of the layers in the list of layers; a nested list for a nested Sequential."""
    if depth > MAX_DEPTH:
        raise ValueError(
            f"save: Sequentials are nested more than {MAX_DEPTH} deep; does one contain itself?"
        )
    positions: list[Any] = []
    for layer in container.layers:
        if isinstance(layer, Sequential):
            positions.append(_nesting(layer, layers, depth + 1))
        else:
            layers.setdefault(id(layer), layer)
            positions.append(list(layers).index(id(layer)))
    return positions


def _describe(layer: Any) -> tuple[dict[str, Any], dict[str, Array]]:
    """A layer's JSON entry and its arrays by name."""
    if type(layer) is ReLU:
        return {"kind": "ReLU"}, {}
    entry: dict[str, Any] = {"kind": type(layer).__name__}
    if type(layer) is Linear:
        weight, bias, prefix = layer.weight, layer.bias, ""
        whole: Any = Linear.from_arrays(weight, bias)  # which checks that they fit together
    else:
        weight, bias, prefix = layer.q_weight, layer.q_bias, "q_"
        values = {name: getattr(layer, name) for name in QPARAMS}
        whole = QuantizedLinear.from_codes(*_in_order(weight, bias, values))
        for name, value in values.items():
            number = float if name.endswith("scale") else int
            entry[name] = None if value is None else number(value)
    if (whole.in_features, whole.out_features) != (layer.in_features, layer.out_features):
        raise ValueError(f"{layer!r} has a weight of shape {weight.shape}")
    arrays = {f"{prefix}weight": weight.data}
    if bias is not None:
        arrays[f"{prefix}bias"] = bias.data
    return entry | {"bias": bias is not None}, arrays


def _in_order(weight: Tensor, bias: Tensor | None, values: dict[str, Any]) -> list[Any]:
    """The arguments of `QuantizedLinear.from_codes`."""
    pairs: list[Any] = [(values.get(f"{a}_scale"), values.get(f"{a}_zero_point")) for a in NAMES]
    qparams = [None if pair == (None, None) else QParams(*pair) for pair in pairs]
    return [weight, qparams[0], bias, qparams[1], qparams[2]]


# Reading


def _head(description: bytes) -> dict[str, Any]:
    try:
        head = json.loads(description.decode("utf-8"))
    except (RecursionError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"the description of the layers cannot be read ({error})") from error
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise ValueError("the description of the layers is not tinytorch's")
    version: Any = head.get("version")
    if not _is_integer(version) or version < 1:
        raise ValueError(f"the format version is {version!r}, expected a number from 1")
    if version > VERSION:
        raise ValueError(
            f"it has format version {version} and this tinytorch reads up to version {VERSION}; "
            "install a newer tinytorch"
        )
    for key in ("layers", "model"):
        if not isinstance(head.get(key), list):
            raise ValueError(f"the description has no list {key!r}")
    return head


def _read_layer(entry: Any, position: int, arrays: Reader) -> Any:
    place = f"layer {position}"
    if not isinstance(entry, dict):
        raise ValueError(f"{place} is described by a {type(entry).__name__}, expected a dict")
    kind = entry.get("kind")
    if kind == "ReLU":
        return ReLU()
    if kind not in ("Linear", "QuantizedLinear"):
        raise ValueError(f"{place} has the unknown kind {kind!r}")
    if not isinstance(entry.get("bias"), bool):
        raise ValueError(f"{place} does not say whether it has a bias")
    prefix, dtype = ("", np.float32) if kind == "Linear" else ("q_", np.int8)
    weight = arrays.read(f"{position}.{prefix}weight", dtype, 2)
    bias = arrays.read(f"{position}.{prefix}bias", dtype, 1) if entry["bias"] else None
    with _fitting(place):
        if kind == "Linear":
            return Linear.from_arrays(weight, bias)
        codes = Tensor(weight), None if bias is None else Tensor(bias)
        return QuantizedLinear.from_codes(*_in_order(*codes, entry))


def _nested(positions: list[Any], layers: list[Any], depth: int) -> Sequential:
    if depth > MAX_DEPTH:
        raise ValueError(f"Sequentials are nested more than {MAX_DEPTH} deep")
    found = []
    for position in positions:
        if isinstance(position, list):
            found.append(_nested(position, layers, depth + 1))
        elif _is_integer(position) and 0 <= position < len(layers):
            found.append(layers[position])
        else:
            raise ValueError(f"the model names layer {position!r} of {len(layers)}")
    return Sequential(*found)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
