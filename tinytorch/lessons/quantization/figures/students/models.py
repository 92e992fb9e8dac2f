"""Checks around a student's quantize_model, and the outputs of a model that it has quantized."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinytorch.core.layers import Linear, Sequential, leaf_layers
from tinytorch.core.tensor import Tensor
from tinytorch.lessons.quantization.figures.students.errors import (
    StudentCodeError,
    require,
    running,
)
from tinytorch.lessons.quantization.figures.students.functions import kind
from tinytorch.lessons.quantization.figures.students.layers import (
    ATTRIBUTES,
    check_attributes,
    check_input_qparams,
    output,
)
from tinytorch.perf.deploy.own_layers import deployable_layers

NAME = "quantize_model"
TRIAL_ROWS = 16


def checked_quantize_model(function: Any) -> Callable[..., None]:
    """A quantize_model that leaves only quantized layers which work."""

    def call(model: Sequential, calibration_data: list[Tensor] | None = None) -> None:
        before = list(leaf_layers(model))
        linears = [layer for _, layer in before if isinstance(layer, Linear)]
        if calibration_data is None:
            shape = (TRIAL_ROWS, linears[0].in_features)
            trial = Tensor(np.random.default_rng(0).standard_normal(shape))
        else:
            trial = Tensor(calibration_data[0].data[:TRIAL_ROWS])
        with running(NAME, NAME):
            if calibration_data is None:
                returned = function(model)
            else:
                returned = function(model, calibration_data)
        after = _layers_after(model, before)
        for (name, old), (_, new) in zip(before, after, strict=True):
            if isinstance(old, Linear):
                _check_replaced(new, returned, name)
                check_attributes(new, old, f"layer {name}")
                if calibration_data is not None:
                    check_input_qparams(new, f"layer {name}", NAME)
            else:
                fault = f"{NAME} put {kind(new)} in the place of layer {name}, {kind(old)}"
                require(type(new) is type(old), fault, NAME)
        outputs(model, trial)

    return call


def outputs(model: Sequential, inputs: Tensor) -> Tensor:
    """The outputs of a quantized model, checked layer by layer.

    Args:
        model: a Sequential; all that is done with these inputs later will work.
        inputs: Tensor of shape (samples, features).

    Returns:
        Tensor of shape (samples, outputs).

    Raises:
        StudentCodeError: if a layer that is not the library's raises something, or returns
            anything but a Tensor of finite floats of the right shape.
    """
    x = inputs
    for name, layer in leaf_layers(model):
        if hasattr(layer, "q_weight"):
            x = output(layer, x, layer.out_features, f"layer {name}", "QuantizedLinear")
        else:
            x = layer(x)
    return x


def require_deployable(model: Sequential) -> None:
    """Refuse a quantized model that no file and no engine can take.

    Raises:
        StudentCodeError: with what `deployable_layers` says of the layer.
    """
    try:
        deployable_layers(model)
    except (TypeError, ValueError) as error:
        raise StudentCodeError(str(error), "QuantizedLinear") from error


def require_rounding(sqnr_db: float, exercise: str) -> None:
    """Refuse a quantized layer or model whose outputs are FP32's, bit for bit.

    Raises:
        StudentCodeError: if the signal-to-noise ratio in dB is infinite.
    """
    fault = "the outputs are those of FP32 in every bit, as if no weight had been rounded"
    require(math.isfinite(sqnr_db), fault, exercise)


def _layers_after(model: Sequential, before: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    try:
        after = list(leaf_layers(model))
    except (AttributeError, TypeError, ValueError) as error:
        raise StudentCodeError(f"{NAME} left a model without a list of layers", NAME) from error
    fault = f"{NAME} left {len(after)} layers where there had been {len(before)}"
    require([name for name, _ in after] == [name for name, _ in before], fault, NAME)
    return after


def _check_replaced(layer: Any, returned: Any, name: str) -> None:
    # A student's layer may inherit from Linear.
    if not isinstance(layer, Linear) or hasattr(layer, "q_weight"):
        is_quantized = any(hasattr(layer, attribute) for attribute in ATTRIBUTES)
        fault = f"{NAME} put {kind(layer)} in the place of layer {name}, a Linear"
        require(is_quantized, fault, NAME)
        return
    where = "where the model that it is given must change"
    if returned is None:
        fault = f"{NAME} left layer {name} a Linear, {where}"
    else:
        fault = f"{NAME} returned {kind(returned)} and left layer {name} a Linear, {where}"
    raise StudentCodeError(fault, NAME)
