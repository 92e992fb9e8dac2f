"""Post-training quantization of a whole model.

`quantize_model` replaces every Linear of a model by a QuantizedLinear. With calibration data it
first runs them through the FP32 model, once, while an observer at every Linear notes the range of
its inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tinytorch.core.layers import Linear
from tinytorch.core.structure import is_linear
from tinytorch.core.walk import Place, is_container, places
from tinytorch.perf.quantization.calibration import calibration_batches, watching_inputs
from tinytorch.perf.quantization.linear import QuantizedLinear
from tinytorch.perf.quantization.observers import Observer, observer_factory
from tinytorch.perf.quantization.sizes import is_model
from tinytorch.perf.quantization.validation import described, naming
from tinytorch.perf.quantization.weights import check_choices, warn_of_losses

Linears = dict[int, tuple[str, Linear]]  # by id, each with the name of its first place


def quantize_model(
    model: Any,
    calibration_data: Iterable[Any] | None = None,
    *,
    observer: str | Callable[[], Observer] | None = None,
    granularity: str = "per_tensor",
    bias: str = "int8",
    skipped: Iterable[str] = (),
    progress: bool | None = None,
) -> None:
    """Replace every Linear layer of a model by a QuantizedLinear, in place.

    Nested Sequentials are gone into, and so are objects of your own: their attributes, and lists,
    tuples and dicts in them. A layer that appears twice becomes one quantized layer, whose
    calibration has seen the inputs of both places. Layers that share a Tensor share its codes.
    Layers that are quantized already stay as they are, so that a second call changes nothing. On
    any error the model is as it was before.

    Args:
        model: a Sequential, or any object that can be called and holds Linear layers.
        calibration_data: any iterable of inputs (batches), such as a list or a generator of
            Tensors or arrays. It is read once, and all of it passes through the FP32 model before
            anything is quantized; only running summaries are kept. Batches without samples are
            passed over. Without it, inputs stay float32 (weight-only quantization).
        observer: how the input ranges are found: "minmax" (the default), "percentile", "mse", or a
            callable that makes an observer (see `tinytorch.perf.quantization.observers`).
        granularity: "per_tensor", or "per_channel" for one weight scale per output.
        bias: "int8" or "float32".
        skipped: names of Linears that stay as they are, such as "0", "2.1" or "2.head".
        progress: True or False shows or hides a progress bar; None shows one for long work on a
            terminal.

    Raises:
        TypeError: if the model is none or holds a Linear with a forward of its own, or the data
            are not an iterable of Tensors.
        ValueError: if there is no Linear to quantize or calibrate, one cannot be replaced where it
            is or no batch reaches it, there are no calibration samples, or parameters, samples or
            arguments do not fit or are not finite.

    Warns:
        UserWarning: if all weights of an output, or its bias, are restored to zero, since one scale
            serves all of them; it names the layer, the output and what helps.

    Example:
        >>> from tinytorch import Sequential, Tensor
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
    found = list(places(model, lambda value: isinstance(value, (Linear, QuantizedLinear))))
    if not is_container(model) and not (found and is_model(model)):
        raise TypeError(
            f"quantize_model expects a Sequential, got {described(model)}; a model of your own is "
            "an object that can be called and holds Linear layers"
        )
    if observer is not None and calibration_data is None:
        raise ValueError(
            "quantize_model: an observer watches calibration data, and there are none; give "
            "calibration_data, or no observer"
        )
    make_observer = observer_factory("minmax" if observer is None else observer)
    check_choices(granularity, bias, "quantize_model")
    chosen = _chosen(found, skipped)
    linears: Linears = {}
    for place in chosen:
        linears.setdefault(id(place.layer), (place.name, place.layer))
    _check_there_is_work(found, linears, calibration_data)
    replacements = _quantized(linears, granularity, bias)
    if calibration_data is not None and linears:
        observers = {key: make_observer() for key in linears}
        layers = [layer for _, layer in linears.values()]
        reached: set[int] = set()
        for position, batch in calibration_batches(calibration_data, "quantize_model", progress):
            with (
                naming(f"quantize_model: calibration_data[{position}]"),
                watching_inputs(layers, observers, reached),
                np.errstate(over="ignore", invalid="ignore"),  # an error will name the layer
            ):
                model(batch)
        for key, (name, _) in linears.items():
            if key not in reached:
                raise ValueError(
                    f"quantize_model: no calibration data reach layer {name}; is it used? "
                    f"skipped=[{name!r}] leaves it as it is"
                )
            with naming(f"quantize_model: layer {name}"):
                replacements[key].set_input_range(*observers[key].range())
    for key, (name, layer) in linears.items():
        new = replacements[key]
        kept = new.q_weight.data != new.weight_zero_point
        warn_of_losses(layer, kept, new.dequantized_bias().data, f"quantize_model: layer {name}")
    _replace(chosen, replacements)


def _chosen(found: list[Place], skipped: Iterable[str]) -> list[Place]:
    """The places of Linears that will be replaced.

    Raises:
        TypeError: if one has a forward of its own, or `skipped` is not a list of names.
        ValueError: if one cannot be replaced, or there is none of a name that is skipped.
    """
    if isinstance(skipped, str):
        raise TypeError(f"quantize_model: skipped must be a list of names, got {skipped!r}")
    names, left = {place.name for place in found}, set(skipped)
    if unknown := sorted(left - names):
        raise ValueError(
            f"quantize_model: skipped names no layer {unknown}; there are {sorted(names)}"
        )
    # The layer stays wherever it is, under all of its names.
    stays = {id(place.layer) for place in found if place.name in left}
    chosen = [place for place in found if id(place.layer) not in stays]
    for place in chosen:
        with naming(f"quantize_model: layer {place.name}"):
            if is_linear(place.layer) and place.put is None:
                raise ValueError(
                    "it is held where it cannot be replaced; keep it in an attribute, a list or a "
                    f"dict, or leave it as it is with skipped=[{place.name!r}]"
                )
    return [place for place in chosen if isinstance(place.layer, Linear)]


def _quantized(linears: Linears, granularity: str, bias: str) -> dict[int, QuantizedLinear]:
    """The quantized layers; those whose parameters are the same Tensor share the codes."""
    made: dict[int, QuantizedLinear] = {}
    first: dict[int, QuantizedLinear] = {}  # by the weight's or the bias's array
    for key, (name, layer) in linears.items():
        with naming(f"quantize_model: layer {name}"):
            made[key] = new = QuantizedLinear(layer, granularity, bias)
        new.q_weight = first.setdefault(id(layer.weight.data), new).q_weight
        if layer.bias is not None:
            same = first.setdefault(id(layer.bias.data), new)
            new.q_bias, new.float_bias = same.q_bias, same.float_bias
    return made


def _check_there_is_work(found: list[Place], linears: Linears, calibration_data: Any) -> None:
    """Refuse a model without Linears, or calibration data that no layer would take."""
    quantized = [place.layer for place in found if isinstance(place.layer, QuantizedLinear)]
    if not linears and not quantized:
        kind = "no Linear layer that is not skipped" if found else "no Linear layer to quantize"
        raise ValueError(f"quantize_model: the model holds {kind}")
    if calibration_data is not None and not linears:
        for layer in quantized:
            if layer.input_scale is None:
                raise ValueError(
                    f"quantize_model: the model is quantized already and {layer!r} was not "
                    "calibrated; calibrate with the FP32 model, before it is quantized"
                )


def _replace(chosen: list[Place], replacements: dict[int, QuantizedLinear]) -> None:
    """Put the quantized layers in their places, all of them or none.

    Raises:
        ValueError: if an object does not take one.
    """
    done: list[Place] = []
    for place in chosen:
        assert place.put is not None
        try:
            place.put(replacements[id(place.layer)])
        except Exception as error:
            for each in reversed(done):
                assert each.put is not None
                each.put(each.layer)
            raise ValueError(
                f"quantize_model: layer {place.name} cannot be replaced ({error}); "
                f"skipped=[{place.name!r}] leaves it as it is"
            ) from error
        done.append(place)
