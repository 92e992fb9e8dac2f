"""Checks around a student's QuantizedLinear: its attributes, its forward and its calibrate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor
from tinytorch.lessons.quantization.figures.students.errors import require, running
from tinytorch.lessons.quantization.figures.students.functions import (
    check_codes,
    check_floats,
    check_scale,
    check_zero_point,
)
from tinytorch.perf.quantization.linear import QuantizedLinear

ATTRIBUTES = (
    *("q_weight", "weight_scale", "weight_zero_point"),
    *("q_bias", "bias_scale", "bias_zero_point"),
    *("input_scale", "input_zero_point", "in_features", "out_features"),
)
NAME = "QuantizedLinear"


class CheckedLayer:
    """A student's layer whose methods are checked.

    Args:
        layer: the student's, made from `linear`.
        linear: the FP32 layer.
    """

    def __init__(self, layer: Any, linear: Linear) -> None:
        self._layer, self._out_features = layer, linear.out_features
        self._exercise = NAME

    def calibrate(self, samples: list[Tensor]) -> None:
        """Calibrate the layer; from now on, exercise 4 has a part in its outputs."""
        self._exercise = "calibrate"
        has_method = callable(getattr(self._layer, "calibrate", None))
        require(has_method, f"{NAME} has no method calibrate", self._exercise)
        with running("calibrate", self._exercise):
            self._layer.calibrate(samples)
        check_input_qparams(self._layer, NAME, self._exercise)

    def __call__(self, x: Tensor) -> Tensor:
        """Compute the layer; its output is checked."""
        return output(self._layer, x, self._out_features, NAME, self._exercise)


def checked_layer(make: Any) -> Callable[[Linear], CheckedLayer]:
    """A QuantizedLinear whose layers are checked."""

    def call(linear: Linear) -> CheckedLayer:
        with running(NAME, NAME):
            layer = make(linear)
        check_attributes(layer, linear, NAME)
        return CheckedLayer(layer, linear)

    return call


def check_attributes(layer: Any, linear: Linear, what: str) -> None:
    """Refuse a quantized layer without what exercise 3 says that it has.

    Args:
        layer: the quantized layer. The library's own may have scales per channel and a bias in
            float32, and is as it should be.
        linear: the FP32 layer that it was made from.
        what: names the layer in errors, such as "layer 0".

    Raises:
        StudentCodeError: if an attribute is missing, or is not what it should be.
    """
    if isinstance(layer, QuantizedLinear):
        return
    for attribute in ATTRIBUTES:
        has_it = hasattr(layer, attribute)
        require(has_it, f"{what}, {type(layer).__name__}, has no attribute {attribute}", NAME)
    parts: list[tuple[str, tuple[int, ...]]]
    parts = [("weight", (linear.in_features, linear.out_features))]
    if linear.bias is not None:
        parts.append(("bias", (linear.out_features,)))
    for part, shape in parts:
        check_codes(getattr(layer, f"q_{part}"), shape, f"q_{part} of {what}", NAME)
        check_scale(getattr(layer, f"{part}_scale"), f"{part}_scale of {what}", NAME)
        check_zero_point(getattr(layer, f"{part}_zero_point"), f"{part}_zero_point of {what}", NAME)
    for attribute in ("in_features", "out_features"):
        found, expected = getattr(layer, attribute), getattr(linear, attribute)
        fault = f"{attribute} of {what} is {found!r}, where {expected} was expected"
        require(found == expected, fault, NAME)


def check_input_qparams(layer: Any, what: str, exercise: str) -> None:
    """Refuse a layer that has no scale and zero point for its inputs after a calibration."""
    scale, zero_point = (getattr(layer, f"input_{x}", None) for x in ("scale", "zero_point"))
    check_scale(scale, f"after calibration, input_scale of {what}", exercise)
    check_zero_point(zero_point, f"after calibration, input_zero_point of {what}", exercise)


def output(layer: Any, x: Tensor, out_features: int, what: str, exercise: str) -> Tensor:
    """The output of a quantized layer, which is checked.

    Args:
        layer: any layer that can be called.
        x: Tensor of shape (..., in).
        out_features: of the layer.
        what: names the layer in errors.
        exercise: that errors belong to.

    Returns:
        Tensor of shape (..., out), of finite floats.

    Raises:
        StudentCodeError: if the layer raises something, or returns something else.
    """
    with running(f"the forward of {what}", exercise):
        y = layer(x)
    check_floats(y, (*x.shape[:-1], out_features), f"the output of {what}", exercise)
    return y
