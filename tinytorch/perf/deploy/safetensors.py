"""Models and PyTorch weights in safetensors files, the format of model hubs.

A file holds named arrays and text, and nothing that is ever executed
(https://huggingface.co/docs/safetensors). The names are those of PyTorch's `state_dict` for nested
`Sequential`s: "0.weight", "2.1.bias".
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import Sequential, leaf_layers
from tinytorch.core.structure import is_linear
from tinytorch.core.system import optional, regular_file, replacing
from tinytorch.core.tensor import Tensor

FLOATS = ("F64", "F32", "F16")
KINDS: dict[type[np.generic], str] = {np.float64: "F64", np.float32: "F32", np.int8: "I8"}

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
        ValueError: if the file is not a safetensors file, names do not match (the message lists
            what is missing and what is left over), or shapes or dtypes do not fit.
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
    with reading_safetensors(Path(path)) as tensors:
        there = set(tensors.unread)
        if there != set(expected):
            raise ValueError(
                f"its names are not those of the model: missing {_listed(set(expected) - there)}; "
                f"left over {_listed(there - set(expected))}"
            )
        return {name: tensors.as_float32(name, shape) for name, shape in expected.items()}


@contextmanager
def reading_safetensors(path: Path) -> Iterator[TensorReader]:
    """Open a safetensors file; any ValueError raised inside names the file.

    Raises:
        ImportError: if safetensors is not installed.
        ValueError: if the file is none, or damaged.
        OSError: if the file cannot be read.
    """
    safetensors = _library()
    with regular_file(path).open("rb"):  # the library's own errors do not name the file
        pass
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            yield TensorReader(file)
    except safetensors.SafetensorError as error:
        raise ValueError(f"{path} is not a safetensors file, or it is damaged: {error}") from error
    except ValueError as error:
        raise ValueError(f"{path} is not what was expected: {error}") from error


class TensorReader:
    """The arrays of an open safetensors file.

    Args:
        file: what `safe_open` gives.

    Attributes:
        metadata: texts by name.
        unread: the names of what was not read yet.
    """

    def __init__(self, file: Any) -> None:
        self._file = file
        self.metadata: dict[str, str] = file.metadata() or {}
        self.unread = set(file.keys())

    def read(self, name: str, dtype: type[np.generic], ndim: int) -> Array:
        """Read an array that must have this dtype and number of axes.

        Raises:
            ValueError: if it is missing or does not fit.
        """
        kind, shape = self._described(name)
        if kind != KINDS[dtype] or len(shape) != ndim or min(shape, default=0) < 1:
            raise ValueError(
                f"tensor {name} should have {ndim} axes, some elements and dtype {KINDS[dtype]}; "
                f"it has shape {shape} and {kind}"
            )
        self.unread.discard(name)
        return self._file.get_tensor(name)

    def as_float32(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Read an array of floats that must have this shape.

        Raises:
            ValueError: if it is missing or does not fit.
        """
        kind, found = self._described(name)
        if found != shape or kind not in FLOATS:
            raise ValueError(
                f"{name} should have shape {shape} and dtype {' or '.join(FLOATS)}; it has {found} "
                f"and {kind}"
            )
        return self._file.get_tensor(name).astype(np.float32)

    def _described(self, name: str) -> tuple[str, tuple[int, ...]]:
        if name not in self.unread:
            raise ValueError(f"tensor {name} is missing")
        part = self._file.get_slice(name)
        return part.get_dtype(), tuple(part.get_shape())


def write_safetensors(path: Path, description: str, arrays: dict[str, Array]) -> None:
    """Write arrays and a model's description, replacing the file only once all is written.

    Raises:
        ImportError: if safetensors is not installed.
        OSError: if the file cannot be written; an old file of that name is then still there.
    """
    _library()
    from safetensors.numpy import save

    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    with replacing(path) as file:
        file.write(save(whole, {"tinytorch": description}))


def _library() -> Any:
    with optional("safetensors", "deploy", "a .safetensors file"):
        import safetensors
    return safetensors


def _listed(names: set[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:10]) + (" ..." if len(ordered) > 10 else "") if ordered else "nothing"
