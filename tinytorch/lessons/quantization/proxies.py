"""What replaces earlier exercises that are wrong, while a later one is graded.

A proxy computes nothing: it asks the grader, so that there is no solution where student code runs.
A layer keeps its codes here, as a student's layer does, and asks for what is done with them. This
file is sent to where the student's code is, and imports `tinytorch.core` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tinytorch.core import Tensor

Ask = Callable[..., Any]  # ask("quantize_int8", tensor) is the right result

LAYER = "QuantizedLinear"
HOOKED_LAYER = "QuantizedLinear without calibrate"  # the student's own methods are added
UNHOOKED_LAYER = "the student's QuantizedLinear, which leaves its input as it is"

OWN_OF_THE_LAYER = (
    *("forward", "memory_usage", "parameters", "in_features", "out_features"),
    *("q_weight", "weight_scale", "weight_zero_point", "q_bias", "bias_scale", "bias_zero_point"),
    *("input_scale", "input_zero_point"),
)


def reference_proxies(
    names: Sequence[str], namespace: Mapping[str, Any], ask: Ask
) -> dict[str, Any]:
    """Make proxies.

    Args:
        names: names of functions, or one of LAYER, HOOKED_LAYER and UNHOOKED_LAYER.
        namespace: the student's definitions.
        ask: gives the right result for a name and values.

    Returns:
        A dict from names to what shall be defined for them.
    """
    layers = {LAYER: _right_layer, HOOKED_LAYER: _hooked_layer, UNHOOKED_LAYER: _unhooked_layer}
    own = namespace.get(LAYER)
    made: dict[str, Any] = {}
    for name in names:
        if name == UNHOOKED_LAYER and not isinstance(own, type):
            continue  # there is no layer of the student's
        if name in layers:
            made[LAYER] = layers[name](own, ask)
        else:
            made[name] = _function(name, ask)
    return made


def _function(name: str, ask: Ask) -> Callable[..., Any]:
    def proxy(*values: Any) -> Any:
        return ask(name, *values)

    proxy.__name__ = proxy.__qualname__ = name
    return proxy


def _hooked_layer(own: Any, ask: Ask) -> type:
    """A right layer up to exercise 3, with whatever the student's layer has beyond that."""

    class QuantizedLinear:
        def __init__(self, linear_layer: Any) -> None:
            self.in_features = linear_layer.in_features
            self.out_features = linear_layer.out_features
            self.q_weight, self.weight_scale, self.weight_zero_point = ask(
                "quantize_int8", linear_layer.weight
            )
            self.q_bias = self.bias_scale = self.bias_zero_point = None
            if linear_layer.bias is not None:
                self.q_bias, self.bias_scale, self.bias_zero_point = ask(
                    "quantize_int8", linear_layer.bias
                )
            self.input_scale = self.input_zero_point = None

        def calibrate(self, sample_inputs: Any) -> None:
            raise NotImplementedError("exercise 4, calibrate")

        def quantize_input(self, x: Tensor) -> Tensor:
            return x

        def forward(self, x: Tensor) -> Tensor:
            return ask("forward", self.quantize_input(x), *_state(self)[:6], None, None)

        def __call__(self, x: Tensor) -> Tensor:
            return self.forward(x)

        def parameters(self) -> list[Tensor]:
            return [codes for codes in (self.q_weight, self.q_bias) if codes is not None]

        def memory_usage(self) -> dict[str, float]:
            return ask("memory_usage", *_state(self))

    for name, method in _attributes(own).items():
        if name not in OWN_OF_THE_LAYER and not name.startswith("__"):
            setattr(QuantizedLinear, name, method)
    return QuantizedLinear


def _right_layer(own: Any, ask: Ask) -> type:
    """A right layer up to exercise 4."""

    class QuantizedLinear(_hooked_layer(None, ask)):  # type: ignore[misc]
        def calibrate(self, sample_inputs: Any) -> None:
            samples = list(sample_inputs)
            self.input_scale, self.input_zero_point = ask("calibrate", samples, *_state(self))

        def forward(self, x: Tensor) -> Tensor:
            return ask("forward", x, *_state(self))

    return QuantizedLinear


def _unhooked_layer(own: Any, ask: Ask) -> Any:
    """The student's layer of exercise 3, without what exercise 4 has put into it."""
    return type(LAYER, (own,), {"quantize_input": lambda self, x: x})


def _attributes(own: Any) -> dict[str, Any]:
    """Everything that a class defines or inherits, but for what all objects have."""
    found: dict[str, Any] = {}
    if isinstance(own, type):
        for base in reversed(own.__mro__[:-1]):
            found.update(vars(base))
    return found


def _state(layer: Any) -> tuple[Any, ...]:
    return (
        *(layer.q_weight, layer.weight_scale, layer.weight_zero_point),
        *(layer.q_bias, layer.bias_scale, layer.bias_zero_point),
        *(layer.input_scale, layer.input_zero_point),
    )
