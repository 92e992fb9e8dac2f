"""What the tests of a grading suite see: a submission whose every value is checked on arrival.

The tests never touch a student's objects. They send arrays and numbers, and get arrays and
numbers back; a value of another kind fails the test with a sentence that says what was expected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tinytorch.grading.values import (
    Array,
    NotAttempted,
    Raised,
    Wrong,
    as_array,
    as_dict,
    as_number,
    described,
    tensor,
)

Answer = Callable[[dict[str, Any]], dict[str, Any]]


class Quantized(NamedTuple):
    """What quantize_int8 returned."""

    codes: Array
    scale: float
    zero_point: int | float

    def restored(self) -> Array:
        """The values that the codes stand for, in float64."""
        return (self.codes.astype(np.float64) - self.zero_point) * self.scale

    def error_in_steps(self, values: Array) -> Array:
        """How far every restored value is from the given ones, in units of the scale."""
        return (self.restored() - values.astype(np.float64)) / self.scale


class Submission:
    """A student's definitions, at arm's length.

    Args:
        answer: takes requests to the workshop where the definitions are (see `workshop`).
        rng: source of the inputs that the tests make up.
    """

    def __init__(self, answer: Answer, rng: np.random.Generator) -> None:
        self._answer = answer
        self.rng = rng

    def ask(self, what: str, **request: Any) -> Any:
        """Send a request and return the encoded value, or raise what went wrong.

        Raises:
            NotAttempted: if a stub was called, or the name is not there.
            Raised: if the submission raised anything else.
        """
        reply = self._answer(request)
        if "error" not in reply:
            return reply["value"]
        kind, message = reply["error"], str(reply["message"])
        if kind == "NotImplementedError":
            raise NotAttempted(f"{what} is not written yet, or its cell was not run since")
        if kind == "KeyError" and message.strip("'") in (
            request.get("target"),
            request.get("name"),
        ):
            raise NotAttempted(f"{message} is not defined: run its cell")
        raise Raised(what, kind, message, reply["trace"])

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a function of the submission; returns the encoded result."""
        return self.ask(f"{name}(...)", do="call", target=name, arguments=list(arguments))

    def error_of(self, action: Callable[[], Any]) -> str | None:
        """The name of the exception that an action raises, or None; stubs do not count."""
        try:
            action()
        except Raised as error:
            return error.kind
        return None

    def choose_qparams(self, low: float, high: float) -> tuple[float, float]:
        """Scale and zero point for a range."""
        result = self.call("choose_qparams", low, high)
        what = f"choose_qparams({low}, {high}) returned"
        parts = result.get("tuple") if isinstance(result, dict) else None
        if parts is None or len(parts) != 2:
            raise Wrong(f"{what} {described(result)} where (scale, zero_point) was expected")
        scale, zero_point = parts
        return as_number(scale, f"{what} as scale"), as_number(zero_point, f"{what} as zero point")

    def quantize_int8(self, values: Any, what: str = "a tensor") -> Quantized:
        """Quantize an array of float32 values; `what` describes it, should an error be raised."""
        asked = f"quantize_int8({what})"
        request = {"do": "call", "target": "quantize_int8", "arguments": [tensor(values)]}
        result = self.ask(asked, **request)
        what = f"{asked} returned"
        parts = result.get("tuple") if isinstance(result, dict) else None
        if parts is None or len(parts) != 3:
            raise Wrong(
                f"{what} {described(result)} where (Tensor, scale, zero_point) was expected"
            )
        codes = as_array(parts[0], f"{what} as first value", np.shape(values))
        fractions = codes[codes != np.rint(codes)]
        if fractions.size:
            raise Wrong(f"{what} codes that are no whole numbers, such as {fractions[0]:.4g}")
        scale = as_number(parts[1], f"{what} as scale")
        zero_point = as_number(parts[2], f"{what} as zero point")
        if not scale > 0:
            raise Wrong(f"{what} the scale {scale}: a scale is a positive number")
        return Quantized(codes, scale, zero_point)

    def dequantize_int8(self, codes: Array, scale: float, zero_point: int) -> Array:
        """Restore values from int8 codes."""
        result = self.call("dequantize_int8", tensor(codes), scale, zero_point)
        return as_array(result, "dequantize_int8 returned", codes.shape)

    def quantized_linear(self, weight: Array, bias: Array | None = None) -> Thing:
        """A QuantizedLinear, made from a Linear with this weight (in, out) and bias (out,)."""
        return Thing(self, self.call("QuantizedLinear", {"linear": [weight, bias]}))

    def sequential(self, *layers: Any) -> Thing:
        """A Sequential of tinytorch.core; layers are "relu", (weight, bias) or Things."""
        made = [
            layer.handle if isinstance(layer, Thing)
            else {"relu": None} if isinstance(layer, str)
            else {"linear": list(layer)}
            for layer in layers
        ]  # fmt: skip
        return self._made({"sequential": made})

    def shared_tensor(self, values: Array) -> Thing:
        """A Tensor that stays in the workshop, to see whether a call changes it."""
        return self._made(tensor(values))

    def _made(self, value: dict[str, Any]) -> Thing:
        return Thing(self, self.ask("making an input", do="make", value=value))

    def quantize_model(self, model: Thing, batches: Sequence[Array] | None = None) -> None:
        """Quantize a model in place."""
        data = () if batches is None else ({"list": [tensor(batch) for batch in batches]},)
        self.call("quantize_model", model.handle, *data)

    def analyze_model_sizes(self, original: Thing, quantized: Thing) -> dict[str, Any]:
        """The dict that analyze_model_sizes returns."""
        result = self.call("analyze_model_sizes", original.handle, quantized.handle)
        return as_dict(result, "analyze_model_sizes returned")

    def resident_bytes(self, weight: Array, bias: Array, x: Array) -> tuple[Thing, float]:
        """A QuantizedLinear that was used for x, and the bytes that it keeps in memory."""
        self.ask("measuring memory", do="start_measuring")
        layer = self.quantized_linear(weight, bias)
        layer.forward(x, weight.shape[1])
        return layer, as_number(self.ask("measuring memory", do="measured"), "the memory is")

    def number(self, name: str) -> float:
        """A number that the submission gives a name to."""
        value = self.ask(name, do="look_up", name=name)
        if value is None or (isinstance(value, dict) and value.get("type") == "ellipsis"):
            raise NotAttempted(f"{name} is not answered yet")
        return as_number(value, f"{name} is")


class Thing:
    """An object that stays in the workshop: a layer, a model or a Tensor."""

    def __init__(self, submission: Submission, handle: Any) -> None:
        self._submission = submission
        if not isinstance(handle, dict) or "object" not in handle:
            raise Wrong(f"{described(handle)} came where a layer or a model was expected")
        self.handle = {"object": handle["object"]}
        self.type = str(handle.get("type"))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Thing) and self.handle == other.handle

    __hash__ = None  # type: ignore[assignment]

    def get(self, attribute: str) -> Any:
        """An attribute, encoded."""
        what = f"{self.type}.{attribute}"
        return self._submission.ask(what, do="get", target=self.handle, attribute=attribute)

    def array(self, attribute: str, shape: tuple[int, ...]) -> Array:
        """An attribute that is a Tensor of a known shape."""
        return as_array(self.get(attribute), f"{self.type}.{attribute} is", shape)

    def number(self, attribute: str) -> float:
        """An attribute that is a number."""
        return as_number(self.get(attribute), f"{self.type}.{attribute} is")

    def values(self) -> Array:
        """The array inside a Tensor."""
        encoded = self.get("data")
        if not isinstance(encoded, dict) or "array" not in encoded:
            raise Wrong(f"the Tensor's data became {described(encoded)}; expected an array")
        return encoded["array"]

    def call(self, method: str, *arguments: Any) -> Any:
        """Call a method; returns the encoded result."""
        return self._submission.ask(
            f"{self.type}.{method}(...)",
            do="call", target=self.handle, method=method, arguments=list(arguments),
        )  # fmt: skip

    def forward(self, x: Array, outputs: int) -> Array:
        """The output for inputs of shape (..., in): shape (..., outputs)."""
        result = self.call("forward", tensor(x))
        return as_array(result, f"{self.type}.forward returned", (*x.shape[:-1], outputs))

    def calibrate(self, batches: Sequence[Array]) -> None:
        """Calibrate a layer."""
        self.call("calibrate", {"list": [tensor(batch) for batch in batches]})

    def layers(self) -> list[Thing]:
        """The layers of a Sequential."""
        encoded = self.get("layers")
        parts = encoded.get("list") if isinstance(encoded, dict) else None
        if parts is None:
            raise Wrong(f"the model's layers became {described(encoded)}; expected a list")
        return [Thing(self._submission, part) for part in parts]

    def has_codes(self) -> bool:
        """Whether this is a layer whose weight is stored as int8 codes."""
        try:
            codes = self.get("q_weight")
        except Raised:
            return False
        return isinstance(codes, dict) and getattr(codes.get("tensor"), "dtype", None) == np.int8
