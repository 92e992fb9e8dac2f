"""Post-training quantization of a whole model.

`quantize_model` replaces every Linear of a Sequential by a QuantizedLinear. With calibration data
it first runs them through the FP32 model, once, while an observer at every Linear notes the range
of its inputs. `analyze_model_sizes` compares the bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypedDict

import numpy as np

from tinytorch.core.layers import Linear, Sequential, leaf_layers
from tinytorch.core.structure import is_linear
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization.calibration import calibration_batches, watching_inputs
from tinytorch.perf.quantization.linear import QuantizedLinear
from tinytorch.perf.quantization.observers import Observer, observer_factory
from tinytorch.perf.quantization.validation import described, naming

MEGABYTE = 1_000_000


class ModelSizes(TypedDict):
    """A model before and after quantization; each quantized array adds 8 bytes to its codes."""

    original_params: int
    quantized_params: int
    original_bytes: int
    quantized_bytes: int
    compression_ratio: float
    memory_saved_mb: float  # 1 MB = 10**6 bytes
    memory_saved_percent: float


def quantize_model(
    model: Sequential,
    calibration_data: Iterable[Tensor] | None = None,
    *,
    observer: str | Callable[[], Observer] = "minmax",
    progress: bool | None = None,
) -> None:
    """Replace every Linear layer of a model by a QuantizedLinear, in place.

    Nested Sequentials are gone into. A layer that appears twice becomes one quantized layer, whose
    calibration has seen the inputs of both places. Layers that are quantized already stay as they
    are, so that a second call changes nothing. On any error the model is as it was before.

    Args:
        model: a Sequential.
        calibration_data: any iterable of input Tensors (batches), such as a list or a generator.
            It is read once, and all of it passes through the FP32 model before anything is
            quantized; only running summaries are kept. Without it, inputs stay float32
            (weight-only quantization).
        observer: how the input ranges are found: "minmax", "percentile", "mse", or a callable
            that makes an observer (see `tinytorch.perf.quantization.observers`).
        progress: True or False shows or hides a progress bar; None shows one for long work on a
            terminal.

    Raises:
        TypeError: if the model is not a Sequential or holds a Linear with a forward of its own,
            or the data are not an iterable of Tensors.
        ValueError: if there is no Linear to quantize or calibrate, there are no calibration
            samples, or parameters or samples do not fit or are not finite.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> model = Sequential(Linear(784, 128, rng=rng), Linear(128, 10, rng=rng))
        >>> batches = (Tensor(rng.normal(size=(8, 784))) for _ in range(4))
        >>> quantize_model(model, batches)
        >>> model
        Sequential(QuantizedLinear(784, 128, calibrated), QuantizedLinear(128, 10, calibrated))
    """
    if isinstance(model, Linear):
        raise TypeError(
            "quantize_model replaces the layers inside a Sequential, so it cannot replace a bare "
            "Linear: use Sequential(layer), or QuantizedLinear(layer)"
        )
    if not isinstance(model, Sequential):
        raise TypeError(f"quantize_model expects a Sequential, got {described(model)}")
    make_observer = observer_factory(observer)
    leaves = list(leaf_layers(model))
    linears = {id(layer): (name, layer) for name, layer in leaves if is_linear(layer)}
    _check_there_is_work(leaves, linears, calibration_data)
    replacements: dict[int, QuantizedLinear] = {}
    for key, (name, layer) in linears.items():
        with naming(f"quantize_model: layer {name}"):
            replacements[key] = QuantizedLinear(layer)
    if calibration_data is not None and linears:
        observers = {key: make_observer() for key in linears}
        layers = [layer for _, layer in linears.values()]
        for position, batch in calibration_batches(calibration_data, "quantize_model", progress):
            with (
                naming(f"quantize_model: calibration_data[{position}]"),
                watching_inputs(layers, observers),
                np.errstate(over="ignore", invalid="ignore"),  # an error will name the layer
            ):
                model(batch)
        for key, (name, _) in linears.items():
            with naming(f"quantize_model: layer {name}"):
                replacements[key].set_input_range(*observers[key].range())
    for container, layers in list(_replaced(model, replacements)):
        container.layers = layers


def analyze_model_sizes(original: Sequential, quantized: Sequential) -> ModelSizes:
    """Compare the parameters and bytes of a model before and after quantization.

    `quantize_model` works in place: keep a copy of the original, or load it again.

    Args:
        original: the FP32 model.
        quantized: the model after `quantize_model`.

    Returns:
        The ModelSizes: counts of parameters, bytes from the arrays' nbytes (each quantized array
        adds 8 for its scale and zero point), their quotient, and what is saved.

    Raises:
        TypeError: if one of them is not a Sequential.
        ValueError: if one of them has no parameters, their numbers of parameters differ, or the
            original is quantized.

    Example:
        >>> import copy
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
        if not isinstance(model, Sequential):
            raise TypeError(
                f"analyze_model_sizes: {name} must be a Sequential, got {described(model)}"
            )
        params.append(sum(tensor.size for tensor in model.parameters()))
        if params[-1] == 0:
            raise ValueError(f"analyze_model_sizes: the {name} model has no parameters")
        layers = {id(layer): layer for _, layer in leaf_layers(model)}
        sizes.append(sum(map(_layer_bytes, layers.values())))
    if params[0] != params[1]:
        raise ValueError(
            f"analyze_model_sizes: these are not the same network, {params[0]} parameters against "
            f"{params[1]}"
        )
    if any(isinstance(layer, QuantizedLinear) for _, layer in leaf_layers(original)):
        raise ValueError(
            "analyze_model_sizes: the original is quantized; quantize_model works in place, so "
            "keep copy.deepcopy(model) of the FP32 model"
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


def _layer_bytes(layer: Any) -> int:
    if isinstance(layer, QuantizedLinear):
        return layer.memory_usage()["quantized_bytes"]
    return sum(tensor.nbytes for tensor in getattr(layer, "parameters", list)())


def _check_there_is_work(
    leaves: list[tuple[str, Any]], linears: dict[int, Any], calibration_data: Any
) -> None:
    """Refuse a model without Linears, or calibration data that no layer would take."""
    quantized = [layer for _, layer in leaves if isinstance(layer, QuantizedLinear)]
    if not linears and not quantized:
        raise ValueError("quantize_model: the model holds no Linear layer to quantize")
    if calibration_data is not None and not linears:
        for layer in quantized:
            if layer.input_scale is None:
                raise ValueError(
                    f"quantize_model: the model is quantized already and {layer!r} was not "
                    "calibrated; calibrate with the FP32 model, before it is quantized"
                )


def _replaced(
    model: Sequential, replacements: dict[int, QuantizedLinear]
) -> Iterator[tuple[Sequential, list[Any]]]:
    """Every Sequential with its new list of layers; nothing is changed yet."""
    for layer in model.layers:
        if isinstance(layer, Sequential):
            yield from _replaced(layer, replacements)
    yield model, [replacements.get(id(layer), layer) for layer in model.layers]
