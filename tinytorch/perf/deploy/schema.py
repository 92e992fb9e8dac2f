"""What a model file says besides its arrays: the layers, their scales, and how they nest.

A file holds this description as JSON text, and the arrays by name: "0.weight" or "1.q_bias", with
the layer's position in the description's list of layers. `entries` has what it says of each layer.
"""

from __future__ import annotations

import json
from typing import Any

from numpy.typing import NDArray

from tinytorch.core.layers import Sequential
from tinytorch.core.structure import flat_layers
from tinytorch.perf.deploy.entries import KINDS, Reader, fitting, needs_version_2, read, written
from tinytorch.perf.deploy.own_layers import as_quantized_linear

FORMAT = "tinytorch"
VERSION = 2  # what needs no more is written as version 1
MAX_DEPTH = 64  # levels of nested Sequentials

Array = NDArray[Any]


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
    for position, (key, own) in enumerate(layers.items()):
        layers[key] = layer = as_quantized_linear(own, f"save: layer {position}")
        if type(layer) not in KINDS:
            names = ", ".join(kind.__name__ for kind in KINDS)
            raise TypeError(f"save can store {names} layers, not {layer!r}")
    entries: list[dict[str, Any]] = []
    arrays: dict[str, Array] = {}
    owners: dict[tuple[int, str], int] = {}  # of an array, by its id and its role
    for position, layer in enumerate(layers.values()):
        with fitting(f"save: layer {position} of {len(layers)}"):
            entry, members = written(layer)
        for name, array in members.items():
            owner = owners.setdefault((id(array), name), position)
            if owner == position or name == "weight_scale":
                arrays[f"{position}.{name}"] = array
            else:
                entry.setdefault("shared", {})[name.removeprefix("q_")] = owner
        entries.append(entry)
    version = VERSION if any(map(needs_version_2, entries)) else 1
    head = {"format": FORMAT, "version": version, "layers": entries, "model": nesting}
    return json.dumps(head).encode("utf-8"), arrays


def restored(description: bytes, arrays: Reader) -> Sequential:
    """Make the model that a description and arrays describe.

    Raises:
        ValueError: if they do not describe one; the message says what is wrong.
    """
    head = _head(description)
    layers: list[Any] = []
    for position, entry in enumerate(head["layers"]):
        layers.append(read(entry, position, arrays, layers))
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
