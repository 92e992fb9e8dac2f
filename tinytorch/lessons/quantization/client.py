"""The quantization lesson's submission, as the tests of its suite see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tinytorch.core.tensor import Tensor
from tinytorch.grading.checks import (
    Array,
    CheckError,
    SubmissionRaisedError,
    as_array,
    as_dict,
    as_number,
    described,
    tensor,
)
from tinytorch.grading.client import RemoteObject, SubmissionClient
from tinytorch.grading.sandbox.inside.protocol import NewLayer


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


class QuantizationSubmission(SubmissionClient):
    """A submission of the quantization lesson."""

    def choose_qparams(self, low: float, high: float) -> tuple[float, float]:
        """Scale and zero point for a range."""
        what = f"choose_qparams({low}, {high}) returned"
        scale, zero_point = _parts(
            self.call("choose_qparams", low, high), what, "(scale, zero_point)"
        )
        return as_number(scale, f"{what} as scale"), as_number(zero_point, f"{what} as zero point")

    def quantize_int8(self, values: Any, what: str = "a tensor") -> Quantized:
        """Quantize an array of float32 values; `what` describes it, should an error be raised."""
        asked = f"quantize_int8({what})"
        result = self.ask(asked, do="call", target="quantize_int8", arguments=[tensor(values)])
        what = f"{asked} returned"
        returned, scale, zero_point = _parts(result, what, "(Tensor, scale, zero_point)")
        codes = as_array(returned, f"{what} as first value", np.shape(values))
        fractions = codes[codes != np.rint(codes)]
        if fractions.size:
            raise CheckError(f"{what} codes that are not whole numbers, such as {fractions[0]:.4g}")
        scale = as_number(scale, f"{what} as scale")
        zero_point = as_number(zero_point, f"{what} as zero point")
        if not scale > 0:
            raise CheckError(
                f"{what} the scale {scale}: a scale is a positive number (the order is codes, "
                "scale, zero point)"
            )
        return Quantized(codes, scale, zero_point)

    def dequantize_int8(self, codes: Array, scale: float, zero_point: int) -> Array:
        """Restore values from int8 codes."""
        result = self.call("dequantize_int8", tensor(codes), scale, zero_point)
        return as_array(result, "dequantize_int8 returned", codes.shape)

    def quantize_bias(self, bias: Array, scale: float) -> Array:
        """Quantize an array of float32 for int32 sums."""
        result = self.call("quantize_bias", tensor(bias), scale)
        return as_array(result, "quantize_bias returned", bias.shape)

    def integer_linear(
        self, q_x: Array, x_zero_point: int, q_weight: Array, weight_zero_point: int,
        q_bias: Array, multiplier: float, y_zero_point: int,
    ) -> Array:  # fmt: skip
        """The output codes of a layer in integers, of int8 and int32 arrays."""
        arguments = (
            Tensor(q_x), x_zero_point, Tensor(q_weight), weight_zero_point, Tensor(q_bias),
            float(multiplier), y_zero_point,
        )  # fmt: skip
        shape = (len(q_x), q_weight.shape[1])
        return as_array(self.call("integer_linear", *arguments), "integer_linear returned", shape)

    def quantized_linear(self, weight: Array, bias: Array | None = None) -> RemoteLayer:
        """A QuantizedLinear, made from a Linear with this weight (in, out) and bias (out,)."""
        return RemoteLayer(self, self.call("QuantizedLinear", NewLayer("linear", (weight, bias))))

    def sequential(self, *layers: Any) -> RemoteLayer:
        """A Sequential of tinytorch.core; layers are "relu", (weight, bias) or RemoteLayers."""
        made = [
            layer.reference if isinstance(layer, RemoteLayer)
            else NewLayer("relu") if isinstance(layer, str)
            else NewLayer("linear", tuple(layer))
            for layer in layers
        ]  # fmt: skip
        return RemoteLayer(self, self.make(NewLayer("sequential", tuple(made))))

    def shared_tensor(self, values: Array) -> RemoteObject:
        """A Tensor that stays with the submission, to see whether a call changes it."""
        return RemoteObject(self, self.make(tensor(values)))

    def shared_list(self, batches: Sequence[Array]) -> SharedList:
        """A list of Tensors that stays with the submission, to see whether a call changes it."""
        return SharedList(self, self.make([tensor(batch) for batch in batches]))

    def quantize_model(self, model: RemoteLayer, batches: Sequence[Array] | None = None) -> None:
        """Quantize a model in place."""
        data = [] if batches is None else [[tensor(batch) for batch in batches]]
        self.call("quantize_model", model.reference, *data)

    def analyze_model_sizes(self, original: RemoteLayer, quantized: RemoteLayer) -> dict[str, Any]:
        """The dict that analyze_model_sizes returns."""
        result = self.call("analyze_model_sizes", original.reference, quantized.reference)
        return as_dict(result, "analyze_model_sizes returned")

    def held_bytes(self) -> int:
        """The bytes that the definitions keep in memory, 0 if that is not known.

        What they free while a layer is made would hide as much of the layer.
        """
        held = self.ask("measuring memory", do="start_measuring")
        return 0 if held is None else max(0, int(as_number(held, "the memory is")))

    def kept_bytes(self, action: Callable[[], Any]) -> float:
        """The bytes that are in use after an action and were not before, 0 if that is not known."""
        self.ask("measuring memory", do="start_measuring")
        action()
        kept = self.ask("measuring memory", do="measured")
        return 0 if kept is None else as_number(kept, "the memory is")

    def resident_bytes(self, weight: Array, bias: Array, x: Array) -> tuple[RemoteLayer, float]:
        """A QuantizedLinear that was used for x, and the bytes that it keeps in memory."""
        self.ask("measuring memory", do="start_measuring")
        layer = self.quantized_linear(weight, bias)
        layer.forward(x, weight.shape[1])
        return layer, as_number(self.ask("measuring memory", do="measured"), "the memory is")


class RemoteLayer(RemoteObject):
    """A layer or a model that stays where the submission runs."""

    def forward(self, x: Array, outputs: int) -> Array:
        """The output for inputs of shape (..., in): shape (..., outputs)."""
        result = self.call("forward", tensor(x))
        return as_array(result, f"{self.type}.forward returned", (*x.shape[:-1], outputs))

    def calibrate(self, batches: Sequence[Array]) -> None:
        """Calibrate a layer."""
        try:
            self.call("calibrate", [tensor(batch) for batch in batches])
        except SubmissionRaisedError as error:
            if error.kind == "AttributeError" and not self.has("calibrate"):
                raise CheckError(
                    "the layer has no method calibrate: run exercise 4's cell again, whose last "
                    "two lines make calibrate and quantize_input methods of QuantizedLinear"
                ) from None
            raise

    def layers(self) -> list[RemoteLayer]:
        """The layers of a Sequential."""
        layers = self.get("layers")
        if not isinstance(layers, list):
            raise CheckError(f"the model's layers became {described(layers)}; expected a list")
        return [RemoteLayer(self._submission, layer) for layer in layers]

    def has_codes(self) -> bool:
        """Whether this is a layer whose weight is stored as int8 codes."""
        try:
            codes = self.get("q_weight")
        except SubmissionRaisedError:
            return False
        return getattr(codes, "dtype", None) == np.int8 and not isinstance(codes, np.ndarray)


class SharedList(RemoteObject):
    """A list of Tensors that stays where the submission runs."""

    def holds(self, batches: Sequence[Array]) -> bool:
        """Whether it holds these values, and nothing else."""
        if self.call("__len__") != len(batches):
            return False
        held = [self.call("__getitem__", position) for position in range(len(batches))]
        return all(
            isinstance(each, Tensor) and np.array_equal(each.data, tensor(batch).data)
            for each, batch in zip(held, batches, strict=True)
        )


def _parts(result: Any, what: str, expected: str) -> tuple[Any, ...]:
    """The parts of a tuple that a function returned."""
    if not isinstance(result, tuple) or len(result) != expected.count(",") + 1:
        raise CheckError(f"{what} {described(result)} where {expected} was expected")
    return result
