"""The bytes of parameters, before and after quantization."""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np

from tinytorch.core.linear import Linear
from tinytorch.core.tensor import Tensor
from tinytorch.core.walk import attribute, is_container, places
from tinytorch.perf.quantization.validation import described

MEGABYTE = 1_000_000
BYTES_PER_FLOAT32, BYTES_PER_INT8 = 4, 1
QPARAMS_BYTES = 8  # a scale (float32) and a zero point (int32) beside each quantized array


class MemoryUsage(TypedDict):
    """Bytes of a layer's parameters before and after quantization."""

    original_bytes: int  # 4 per parameter
    quantized_bytes: int  # what the codes take, and 8 for a scale and its zero point
    compression_ratio: float


class ModelSizes(TypedDict):
    """A model before and after quantization; each quantized array adds 8 bytes to its codes.

    A weight that is quantized per channel adds its array of scales, and 4 for the zero point.
    """

    original_params: int
    quantized_params: int
    original_bytes: int
    quantized_bytes: int
    compression_ratio: float
    memory_saved_mb: float  # 1 MB = 10**6 bytes
    memory_saved_percent: float


def qparams_bytes(scale: Any) -> int:
    """Bytes of the scale, or of the scales, and of the zero point of a quantized array."""
    return QPARAMS_BYTES if np.ndim(scale) == 0 else np.asarray(scale).nbytes + QPARAMS_BYTES // 2


def analyze_model_sizes(original: Any, quantized: Any) -> ModelSizes:
    """Compare the parameters and bytes of a model before and after quantization.

    `quantize_model` works in place: keep a copy of the original, or load it again. An array that
    layers share counts once. What has `q_weight` and `weight_scale` counts as a quantized layer,
    so that layers of your own do.

    Args:
        original: the FP32 model, a Sequential or whatever `quantize_model` takes.
        quantized: the model after `quantize_model`.

    Returns:
        The ModelSizes: counts of parameters, bytes from the arrays' nbytes (each quantized array
        adds 8 for its scale and zero point), their quotient, and what is saved.

    Raises:
        TypeError: if one of them is not a model.
        ValueError: if one of them has no parameters, their numbers of parameters differ, or the
            original is quantized.

    Example:
        >>> import copy
        >>> from tinytorch import Sequential
        >>> from tinytorch.perf.quantization import quantize_model
        >>> original = Sequential(Linear(784, 256), Linear(256, 128), Linear(128, 10))
        >>> quantized = copy.deepcopy(original)
        >>> quantize_model(quantized)
        >>> sizes = analyze_model_sizes(original, quantized)
        >>> sizes["original_params"], sizes["original_bytes"], sizes["quantized_bytes"]
        (235146, 940584, 235194)
    """
    params, sizes = [], []
    if quantized is None:
        raise TypeError(
            "analyze_model_sizes: quantized is None; quantize_model works in place and returns None"
        )
    for name, model in (("original", original), ("quantized", quantized)):
        if not is_model(model) or isinstance(model, Linear):
            raise TypeError(
                f"analyze_model_sizes: {name} must be a Sequential, got {described(model)}"
            )
        arrays, overhead = _parameters(model)
        params.append(sum(array.size for array in arrays))
        if params[-1] == 0:
            raise ValueError(f"analyze_model_sizes: the {name} model has no parameters")
        sizes.append(sum(array.nbytes for array in arrays) + overhead)
        if name == "original" and overhead:
            raise ValueError(
                "analyze_model_sizes: the original is quantized; quantize_model works in place, so "
                "keep copy.deepcopy(model) of the FP32 model"
            )
    if params[0] != params[1]:
        raise ValueError(
            f"analyze_model_sizes: these are not the same network, {params[0]} parameters against "
            f"{params[1]}"
        )
    saved = sizes[0] - sizes[1]
    return {
        "original_params": params[0],
        "quantized_params": params[1],
        "original_bytes": sizes[0],
        "quantized_bytes": sizes[1],
        "compression_ratio": sizes[0] / sizes[1],
        "memory_saved_mb": saved / MEGABYTE,
        "memory_saved_percent": 100.0 * saved / sizes[0],
    }


def is_model(value: Any) -> bool:
    """Whether something may be a model: an object of a class of its own that can be called."""
    return is_container(value) or (callable(value) and hasattr(value, "__dict__")
                                   and attribute(value, "__name__") is None)  # fmt: skip


def is_quantized(value: Any) -> bool:
    """Whether something is a quantized layer, of this library or like its own."""
    return attribute(value, "q_weight") is not None and attribute(value, "weight_scale") is not None


def _parameters(model: Any) -> tuple[list[Any], int]:
    """The parameters of a model, each array once, and the bytes of scales and zero points."""
    arrays: dict[int, Any] = {}
    overhead: dict[int, int] = {}
    layers = [place.layer for place in places(model, _has_weights)]
    for owner in [model, *layers]:
        for tensor in getattr(owner, "parameters", list)():
            arrays.setdefault(_key(tensor), tensor)
        for part in ("weight", "bias") if is_quantized(owner) else ():
            codes, scale = getattr(owner, f"q_{part}", None), getattr(owner, f"{part}_scale", None)
            if codes is not None and scale is not None:
                arrays.setdefault(_key(codes), codes)
                overhead[_key(codes)] = qparams_bytes(scale)
    return list(arrays.values()), sum(overhead.values())


def _has_weights(value: Any) -> bool:
    return isinstance(value, Linear) or is_quantized(value)


def _key(tensor: Any) -> int:
    return id(tensor.data if isinstance(tensor, Tensor) else tensor)
