"""Model files: a Sequential, FP32 or INT8, as .npz or safetensors; and as ONNX for other engines.

A .npz file is an uncompressed NumPy archive without pickle; its member `tinytorch.npy` holds the
description of the layers as bytes, every parameter is a member of its own. A safetensors file holds
the description in its metadata. See `schema`, `npz`, `safetensors` and `onnx`.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from tinytorch.core.layers import Sequential
from tinytorch.perf.deploy.npz import reading, write_arrays
from tinytorch.perf.deploy.safetensors import reading_safetensors, write_safetensors
from tinytorch.perf.deploy.schema import FORMAT, described, restored

MAX_DESCRIPTION_BYTES = 1 << 20  # bytes of JSON
SAFETENSORS = ".safetensors"


def save(model: Sequential, path: str | os.PathLike[str]) -> None:
    """Write a model to a file, replacing the file only once the new one is complete.

    Args:
        model: a Sequential of this library's layers and nested Sequentials. A layer that appears
            twice, or an array that two layers share, is stored once. Quantized layers may be your
            own, see `own_layers`; they come back as the library's.
        path: where to write: a safetensors file if the name ends in .safetensors, else .npz.

    Raises:
        ImportError: if a safetensors file is asked for and safetensors is not installed (it is in
            the `deploy` extra).
        TypeError: if the model is not a Sequential, holds another kind of layer, or one with a
            forward of its own.
        ValueError: if a layer's parts do not fit together, or Sequentials are nested too deeply.
        OSError: if the file cannot be written; an old file of that name is then still there.

    Example:
        >>> import tempfile
        >>> from tinytorch import Linear, ReLU
        >>> path = Path(tempfile.mkdtemp()) / "model.npz"
        >>> save(Sequential(Linear(4, 2), ReLU()), path)
        >>> load(path)
        Sequential(Linear(4, 2), ReLU())
    """
    description, arrays = described(model)
    path = Path(path)
    if path.suffix.lower() == SAFETENSORS:
        write_safetensors(path, description.decode("utf-8"), arrays)
    else:
        write_arrays(path, {FORMAT: np.frombuffer(description, dtype=np.uint8), **arrays})


def load(path: str | os.PathLike[str]) -> Sequential:
    """Read a model from a file that `save` wrote.

    Args:
        path: the file; a safetensors file if the name ends in .safetensors.

    Returns:
        The model: same layers, same nesting, same bits.

    Raises:
        ImportError: if it is a safetensors file and safetensors is not installed.
        ValueError: if the file is not a whole, unchanged model file of a known version; the
            message says what is wrong. Nothing in the file is ever executed.
        OSError: if the file cannot be read.
    """
    path = Path(path)
    if path.suffix.lower() == SAFETENSORS:
        with reading_safetensors(path) as tensors:
            text = tensors.metadata.get(FORMAT)
            if text is None:
                raise ValueError(
                    "its metadata do not describe a model (for PyTorch's weights there is "
                    "load_state_dict)"
                )
            model = restored(text.encode("utf-8"), tensors)
            if tensors.unread:
                raise ValueError(f"tensor {min(tensors.unread)} belongs to no layer")
            return model
    with reading(path) as arrays:
        if FORMAT not in arrays.unread:
            raise ValueError(f"it has no entry {FORMAT}.npy, which every model file has")
        if arrays.unread[FORMAT].file_size > MAX_DESCRIPTION_BYTES:
            raise ValueError("the description of the layers is too large")
        model = restored(arrays.read(FORMAT, np.uint8, 1).tobytes(), arrays)
        if arrays.unread:
            raise ValueError(f"entry {min(arrays.unread)}.npy belongs to no layer")
        return model
