"""Model files: a Sequential, FP32 or INT8, as one .npz file.

The file is an uncompressed NumPy archive without pickle. One member,
`tinytorch.npy`, holds JSON text as bytes: the format version, the layers with their scales and
zero points, and how they nest. Every parameter is a member of its own, such as `0.weight.npy` or
`1.q_bias.npy`, with the layer's position in the JSON's list of layers.

How the arrays are written and read is in `tinytorch.perf.archive`, ONNX files are in
`tinytorch.perf.onnx_export`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import Linear, ReLU, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.perf.archive import ArrayReader, reading, write_arrays
from tinytorch.perf.checks import check_qparams
from tinytorch.perf.onnx_export import export_onnx
from tinytorch.perf.quantized_linear import QuantizedLinear

__all__ = ["export_onnx", "load", "save"]

FORMAT = "tinytorch"
VERSION = 1
QPARAMS = [f"{a}_{b}" for a in ("weight", "bias", "input") for b in ("scale", "zero_point")]
DEEPEST = 64  # levels of nested Sequentials
LARGEST_DESCRIPTION = 1 << 20  # bytes of JSON

Array = NDArray[Any]


def save(model: Sequential, path: str | os.PathLike[str]) -> None:
    """Write a model to a file, replacing the file only once the new one is complete.

    Args:
        model: a Sequential of Linear, QuantizedLinear, ReLU and nested Sequentials. A layer that
            appears twice is stored once.
        path: where to write; a name that ends in .npz is usual.

    Raises:
        TypeError: if the model is not a Sequential or holds another kind of layer.
        ValueError: if a layer's parts do not fit together, or Sequentials are nested too deeply.
        OSError: if the file cannot be written; an old file of that name is then still there.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "model.npz"
        >>> save(Sequential(Linear(4, 2), ReLU()), path)
        >>> load(path)
        Sequential(Linear(4, 2), ReLU())
    """
    if not isinstance(model, Sequential):
        raise TypeError(f"save expects a Sequential, got {type(model).__name__}")
    layers: dict[int, Any] = {}
    nesting = _nesting(model, layers, 0)
    described, arrays = [], {}
    for position, layer in enumerate(layers.values()):
        entry, members = _describe(layer)
        _check(layer, f"save: layer {position} of {len(layers)}")
        described.append(entry)
        arrays.update({f"{position}.{name}": array for name, array in members.items()})
    head = {"format": FORMAT, "version": VERSION, "layers": described, "model": nesting}
    text = np.frombuffer(json.dumps(head).encode("utf-8"), dtype=np.uint8)
    write_arrays(Path(path), {FORMAT: text, **arrays})


def load(path: str | os.PathLike[str]) -> Sequential:
    """Read a model from a file that `save` wrote.

    Args:
        path: the file.

    Returns:
        The model: same layers, same nesting, same bits.

    Raises:
        ValueError: if the file is not a whole, unchanged model file of a known version; the
            message says what is wrong. Nothing in the file is ever executed.
        OSError: if the file cannot be read.
    """
    with reading(Path(path)) as arrays:
        head = _read_head(arrays)
        layers = [
            _read_layer(entry, position, arrays) for position, entry in enumerate(head["layers"])
        ]
        if arrays.unread:
            raise ValueError(f"entry {sorted(arrays.unread)[0]}.npy belongs to no layer")
        return _nested(head["model"], layers, 0)


def _check(layer: Any, place: str) -> None:
    """Refuse a layer whose parts do not fit together, in a model or in a file."""
    if isinstance(layer, ReLU):
        return
    quantized = isinstance(layer, QuantizedLinear)
    prefix, dtype = ("q_", np.int8) if quantized else ("", np.float32)
    shape = layer.in_features, layer.out_features
    for name, expected in (("weight", shape), ("bias", shape[1:])):
        tensor = getattr(layer, prefix + name)
        if tensor is None and name == "bias":
            continue
        if tensor.dtype != dtype or tensor.shape != expected:
            raise ValueError(
                f"{place}: the {name} should be {np.dtype(dtype)} of shape {expected}, "
                f"is {tensor.dtype} of shape {tensor.shape}"
            )
    if not quantized:
        return
    # The input's scale may be there or not: the layer is calibrated or not.
    present = {"weight": True, "bias": layer.q_bias is not None}
    for name in ("weight", "bias", "input"):
        scale, zero_point = getattr(layer, name + "_scale"), getattr(layer, name + "_zero_point")
        absent = scale is None and zero_point is None
        if name in present and absent == present[name]:
            raise ValueError(f"{place}: the {name} and its scale do not come together")
        if not absent:
            try:
                check_qparams(scale, zero_point, f"{place}, {name}")
            except TypeError as error:  # in a file, a wrong type is a wrong value
                raise ValueError(str(error)) from error


# Writing


def _nesting(container: Sequential, layers: dict[int, Any], depth: int) -> list[Any]:
    """Positions of the layers in the list of layers; a nested list for a nested Sequential."""
    if depth > DEEPEST:
        raise ValueError(
            f"save: Sequentials are nested more than {DEEPEST} deep; does one contain itself?"
        )
    if type(container).forward is not Sequential.forward:
        raise TypeError(f"save would lose the forward of {type(container).__name__}")
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
    if type(layer) is Linear:
        arrays = {"weight": layer.weight.data}
        if layer.bias is not None:
            arrays["bias"] = layer.bias.data
        return {"kind": "Linear", "bias": layer.bias is not None}, arrays
    if type(layer) is QuantizedLinear:
        entry: dict[str, Any] = {"kind": "QuantizedLinear", "bias": layer.q_bias is not None}
        for name in QPARAMS:
            value, kind = getattr(layer, name), float if name.endswith("scale") else int
            entry[name] = None if value is None else kind(value)
        arrays = {"q_weight": layer.q_weight.data}
        if layer.q_bias is not None:
            arrays["q_bias"] = layer.q_bias.data
        return entry, arrays
    raise TypeError(f"save can store Linear, QuantizedLinear and ReLU layers, not {layer!r}")


# Reading


def _read_head(arrays: ArrayReader) -> dict[str, Any]:
    if FORMAT not in arrays.unread:
        raise ValueError(f"it has no entry {FORMAT}.npy, which every model file has")
    if arrays.unread[FORMAT].file_size > LARGEST_DESCRIPTION:
        raise ValueError("the description of the layers is too large")
    text = arrays.read(FORMAT, np.uint8, 1)
    try:
        head = json.loads(text.tobytes().decode("utf-8"))
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


def _read_layer(entry: Any, position: int, arrays: ArrayReader) -> Any:
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
    layer: Any = object.__new__(Linear if kind == "Linear" else QuantizedLinear)
    layer.in_features, layer.out_features = weight.shape
    setattr(layer, prefix + "weight", Tensor(weight))
    setattr(layer, prefix + "bias", None if bias is None else Tensor(bias))
    if kind == "QuantizedLinear":
        for name in QPARAMS:
            setattr(layer, name, entry.get(name))
    _check(layer, place)
    return layer


def _nested(positions: list[Any], layers: list[Any], depth: int) -> Sequential:
    if depth > DEEPEST:
        raise ValueError(f"Sequentials are nested more than {DEEPEST} deep")
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
