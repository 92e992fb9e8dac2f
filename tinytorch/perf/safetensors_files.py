"""Models and PyTorch weights in safetensors files, the format of model hubs.

A file holds named arrays and text, and nothing that is ever executed
(https://huggingface.co/docs/safetensors). The names are those of PyTorch's `state_dict` for nested
`Sequential`s: "0.weight", "2.1.bias".
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import Sequential, leaf_layers
from tinytorch.core.structure import is_linear
from tinytorch.core.tensor import Tensor

FLOATS = ("F64", "F32", "F16")

Array = NDArray[Any]


def load_state_dict(model: Sequential, path: str | os.PathLike[str]) -> None:
    """Take the weights of Linear layers from a PyTorch `state_dict` in a safetensors file.

    PyTorch stores the weight of a layer as (out, in); it is transposed to (in, out). Numbers are
    converted to float32. Either all layers get their weights, or the model stays as it is.

    Args:
        model: a Sequential whose layers stand where they stand in PyTorch's, so that they have
            the same names.
        path: the file, written by `safetensors.torch.save_file(torch_model.state_dict(), path)`.

    Raises:
        ImportError: if safetensors is not installed (it is in the `deploy` extra).
        TypeError: if the model is not a Sequential.
        ValueError: if the file is no safetensors file, names do not match (the message lists what
            is missing and what is left over), or shapes or dtypes do not fit.
        OSError: if the file cannot be read.
    """
    layers = {name: layer for name, layer in leaf_layers(model) if is_linear(layer)}
    expected: dict[str, tuple[int, ...]] = {}
    for name, layer in layers.items():
        expected[f"{name}.weight"] = (layer.out_features, layer.in_features)
        if layer.bias is not None:
            expected[f"{name}.bias"] = (layer.out_features,)
    found = _arrays(path, expected)
    for name, layer in layers.items():
        layer.weight = Tensor(np.ascontiguousarray(found[f"{name}.weight"].T))
        if layer.bias is not None:
            layer.bias = Tensor(found[f"{name}.bias"])


def _arrays(
    path: str | os.PathLike[str], expected: dict[str, tuple[int, ...]]
) -> dict[str, NDArray[np.float32]]:
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError as error:
        raise ImportError(
            "load_state_dict needs safetensors: pip install 'tinytorch[deploy]'"
        ) from error
    path = os.fspath(path)
    with open(path, "rb"):  # its own errors do not name the file
        pass
    try:
        with safe_open(path, framework="numpy") as file:
            there = set(file.keys())
            if there != set(expected):
                raise ValueError(
                    f"the names in {path} are not those of the model: "
                    f"missing {_listed(set(expected) - there)}; "
                    f"left over {_listed(there - set(expected))}"
                )
            for name, shape in expected.items():
                part = file.get_slice(name)
                if tuple(part.get_shape()) != shape or part.get_dtype() not in FLOATS:
                    raise ValueError(
                        f"{name} in {path} should have shape {shape} and dtype "
                        f"{' or '.join(FLOATS)}; it has {tuple(part.get_shape())} and "
                        f"{part.get_dtype()}"
                    )
            return {name: file.get_tensor(name).astype(np.float32) for name in expected}
    except SafetensorError as error:
        raise ValueError(f"{path} is no safetensors file, or it is damaged: {error}") from error


def _listed(names: set[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:10]) + (" ..." if len(ordered) > 10 else "") if ordered else "nothing"
