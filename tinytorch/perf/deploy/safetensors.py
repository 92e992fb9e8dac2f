"""Models and PyTorch weights in safetensors files, the format of model hubs.

A file holds named arrays and text, and nothing that is ever executed
(https://huggingface.co/docs/safetensors). The names are those of PyTorch's `state_dict` for nested
`Sequential`s: "0.weight", "2.1.bias".
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import Linear, Sequential, leaf_layers
from tinytorch.core.structure import is_linear
from tinytorch.core.system import optional, regular_file, replacing
from tinytorch.core.tensor import Tensor
from tinytorch.core.walk import is_container, places
from tinytorch.perf.quantization.validation import described

FLOATS = ("F64", "F32", "F16", "BF16")
PREFIXES = ("module.", "_orig_mod.")  # which PyTorch's DataParallel and compile put before names
KINDS: dict[type[np.generic], str] = {np.float64: "F64", np.float32: "F32", np.int8: "I8"}

Array = NDArray[Any]


def load_state_dict(model: Sequential, path: str | os.PathLike[str]) -> None:
    """Take the weights of Linear layers from a PyTorch `state_dict` in a safetensors file.

    PyTorch stores the weight of a layer as (out, in); it is transposed to (in, out). Numbers are
    converted to float32, from float16 and bfloat16 too, which is exact. Names match whatever their
    case, and without what DataParallel and compile put before them. Either all layers get their
    weights, or the model stays as it is.

    Args:
        model: a Sequential whose layers stand where they stand in PyTorch's, so that they have
            the same names; or an object of your own whose attributes have the same names.
        path: the file, written by `safetensors.torch.save_file(torch_model.state_dict(), path)`.

    Raises:
        ImportError: if safetensors is not installed (it is in the `deploy` extra).
        TypeError: if the model is not one.
        ValueError: if the file is not a safetensors file, names do not match (the message lists
            what is missing and what is left over), or shapes or dtypes do not fit.
        OSError: if the file cannot be read.
    """
    if isinstance(model, Sequential):
        layers = {name: layer for name, layer in leaf_layers(model) if is_linear(layer)}
    else:
        layers = {}
    found_layers = places(model, lambda value: isinstance(value, Linear))
    layers |= {place.name: place.layer for place in found_layers if is_linear(place.layer)}
    if not layers and not is_container(model):
        raise TypeError(f"load_state_dict expects a model with Linears, got {described(model)}")
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
        names = _without_prefixes(tensors.unread)
        if set(names) != set(expected):
            # Names that differ only in case match, if each has one partner.
            lower = {name.lower(): name for name in expected}
            there = {name.lower(): stored for name, stored in names.items()}
            if set(there) == set(lower) and len(there) == len(names) == len(expected):
                names = {lower[name]: stored for name, stored in there.items()}
        if set(names) != set(expected):
            raise ValueError(
                f"its names are not those of the model: missing {_listed(set(expected) - {*names})}"
                f"; left over {_listed({*names} - set(expected))}"
            )
        return {name: tensors.as_float32(names[name], shape) for name, shape in expected.items()}


def _without_prefixes(stored: set[str]) -> dict[str, str]:
    """The stored names by what they are without a prefix that all of them have."""
    names = {name: name for name in stored}
    for prefix in PREFIXES * len(PREFIXES):
        if names and all(name.startswith(prefix) for name in names):
            names = {name.removeprefix(prefix): full for name, full in names.items()}
    return names


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
            yield TensorReader(file, path)
    except safetensors.SafetensorError as error:
        raise ValueError(f"{path} is not a safetensors file, or it is damaged: {error}") from error
    except ValueError as error:
        raise ValueError(f"{path} is not what was expected: {error}") from error


class TensorReader:
    """The arrays of an open safetensors file.

    Args:
        file: what `safe_open` gives.
        path: of the file.

    Attributes:
        metadata: texts by name.
        unread: the names of what was not read yet.
    """

    def __init__(self, file: Any, path: Path) -> None:
        self._file, self._path = file, path
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
        if kind == "BF16":
            return self._bfloat16(name).reshape(shape)
        return self._file.get_tensor(name).astype(np.float32)

    def _bfloat16(self, name: str) -> NDArray[np.float32]:
        """The upper halves of float32 numbers, which NumPy has no dtype for."""
        with self._path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            start, end = json.loads(file.read(length))[name]["data_offsets"]
            file.seek(start, os.SEEK_CUR)
            halves = np.frombuffer(file.read(end - start), "<u2")
        return (halves.astype(np.uint32) << 16).view(np.float32)

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
