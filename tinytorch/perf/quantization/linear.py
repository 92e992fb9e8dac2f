"""QuantizedLinear: a Linear layer whose parameters really are int8.

It keeps the codes and forgets the FP32 layer. Until it is calibrated, its inputs stay float32 and
only the weights are quantized. Once calibrated, the inputs are quantized too and the product is
exact integer arithmetic, as in ONNX Runtime's QDQ graphs.

The bias is stored in int8 as well, as the textbook does. Production engines keep it as int32 with
scale input_scale * weight_scale, or in float32: it is a tiny share of the bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypedDict

import numpy as np

from tinytorch.core.layers import Layer, Linear, as_layer_input
from tinytorch.core.structure import is_linear
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization.affine import choose_qparams, dequantize_array, quantize_int8
from tinytorch.perf.quantization.calibration import calibration_batches
from tinytorch.perf.quantization.matmul import calibrated_matmul, weight_only_matmul
from tinytorch.perf.quantization.observers import Observer, observer_factory
from tinytorch.perf.quantization.validation import (
    QParams,
    as_float32,
    check_codes,
    check_qparams,
    described,
    finite_range,
    naming,
)

QPARAMS_BYTES = 8  # a scale (float32) and a zero point (int32) beside each quantized array


class MemoryUsage(TypedDict):
    """Bytes of a layer's parameters before and after quantization."""

    original_bytes: int  # 4 per parameter
    quantized_bytes: int  # what the codes take, and 8 for each array's scale and zero point
    compression_ratio: float


class QuantizedLinear(Layer):
    """A Linear layer with int8 weight and bias.

    Args:
        linear_layer: the layer to quantize. It is only read, and no reference to it is kept.

    Attributes:
        q_weight: int8 Tensor of shape (in_features, out_features).
        weight_scale, weight_zero_point: real units per weight code, and the code of 0.0.
        q_bias: int8 Tensor of shape (out_features,), or None without a bias.
        bias_scale, bias_zero_point: the same of the bias, or None.
        input_scale, input_zero_point: the same of the inputs; None until `calibrate`.
        in_features, out_features: lengths of the last axis of input and output.

    Raises:
        TypeError: if something else than a Linear is given.
        ValueError: if a parameter holds NaN or infinite values.

    Example:
        >>> layer = Linear(64, 10, rng=np.random.default_rng(0))
        >>> quantized = QuantizedLinear(layer)
        >>> quantized.memory_usage()["quantized_bytes"]  # 640 + 8 and 10 + 8
        666
        >>> quantized.calibrate([Tensor(np.ones((5, 64)))])
        >>> quantized
        QuantizedLinear(64, 10, calibrated)
    """

    def __init__(self, linear_layer: Linear) -> None:
        if not is_linear(linear_layer):
            raise TypeError(
                f"QuantizedLinear expects a Linear layer, got {described(linear_layer)}; "
                "use quantize_model for a whole Sequential"
            )
        self.in_features = linear_layer.in_features
        self.out_features = linear_layer.out_features
        self.q_weight, self.weight_scale, self.weight_zero_point = _quantize(
            linear_layer, "weight", (self.in_features, self.out_features)
        )
        self.q_bias: Tensor | None = None
        self.bias_scale: float | None = None
        self.bias_zero_point: int | None = None
        if linear_layer.bias is not None:
            self.q_bias, self.bias_scale, self.bias_zero_point = _quantize(
                linear_layer, "bias", (self.out_features,)
            )
        self.input_scale: float | None = None
        self.input_zero_point: int | None = None

    @classmethod
    def from_codes(
        cls,
        q_weight: Tensor,
        weight: QParams,
        q_bias: Tensor | None = None,
        bias: QParams | None = None,
        inputs: QParams | None = None,
    ) -> QuantizedLinear:
        """Make a layer of codes that are there already, such as those in a file.

        Args:
            q_weight: int8 Tensor of shape (in_features, out_features).
            weight: scale and zero point of the weight.
            q_bias: int8 Tensor of shape (out_features,), or None without a bias.
            bias: scale and zero point of the bias, or None without a bias.
            inputs: scale and zero point of the inputs; None if the layer is not calibrated.

        Raises:
            TypeError: if codes, a scale or a zero point have another type.
            ValueError: if shapes do not fit, codes and their qparams do not come together, or a
                scale or a zero point lies outside its range.

        Example:
            >>> codes = Tensor(np.array([[-2], [4]], dtype=np.int8))
            >>> QuantizedLinear.from_codes(codes, QParams(0.5, 0)).forward(Tensor([1, 1])).data
            array([1.], dtype=float32)
        """
        check_codes(q_weight, 2, weight, "QuantizedLinear, weight")
        if q_bias is not None or bias is not None:
            check_codes(q_bias, 1, bias, "QuantizedLinear, bias")
        if inputs is not None:
            check_qparams(*inputs, "QuantizedLinear, input")
        layer = cls.__new__(cls)
        layer.in_features, layer.out_features = q_weight.shape
        if q_bias is not None and q_bias.shape != (layer.out_features,):
            raise ValueError(
                f"QuantizedLinear, bias: the codes must have shape ({layer.out_features},), "
                f"got shape {q_bias.shape}"
            )
        layer.q_weight, layer.q_bias = q_weight, q_bias
        layer.weight_scale, layer.weight_zero_point = weight
        layer.bias_scale, layer.bias_zero_point = bias or (None, None)
        layer.input_scale, layer.input_zero_point = inputs or (None, None)
        return layer

    def calibrate(
        self,
        sample_inputs: Iterable[Tensor],
        observer: str | Callable[[], Observer] = "minmax",
        progress: bool | None = None,
    ) -> None:
        """Choose input_scale and input_zero_point from samples of this layer's inputs.

        The samples are read once, one at a time. An earlier calibration is replaced; on an error
        it stays.

        Args:
            sample_inputs: any iterable of Tensors of shape (..., in_features), all of it used.
            observer: how the range is found: "minmax", "percentile", "mse", or a callable that
                makes an observer (see `tinytorch.perf.quantization.observers`).
            progress: True or False shows or hides a progress bar; None shows one for long work
                on a terminal.

        Raises:
            TypeError: if sample_inputs is not an iterable of Tensors.
            ValueError: if there are no samples, or one is empty, not finite or of another width.
        """
        watch = observer_factory(observer)()
        for position, batch in calibration_batches(sample_inputs, "calibrate", progress):
            with naming(f"calibrate: sample_inputs[{position}]"):
                watch.update(as_layer_input(batch, self).data.astype(np.float32, copy=False))
        self.set_input_range(*watch.range())

    def set_input_range(self, minimum: float, maximum: float) -> None:
        """Calibrate to a known range of inputs; values outside it saturate.

        Args:
            minimum: smallest input, in float32's range.
            maximum: largest input, not below the minimum.

        Raises:
            ValueError: if the range is not finite or upside down.
        """
        self.input_scale, self.input_zero_point = choose_qparams(minimum, maximum)

    def forward(self, x: Tensor) -> Tensor:
        """Compute the layer's output with int8 weights, and int8 inputs once calibrated.

        Args:
            x: Tensor of shape (..., in_features).

        Returns:
            float32 Tensor of shape (..., out_features).

        Raises:
            ValueError: if the last axis of x does not fit, or if the layer is calibrated and x
                holds NaN or infinite values, which have no code.
        """
        x = as_layer_input(x, self)
        values = x.data.astype(np.float32, copy=False)
        rows = values.reshape(-1, self.in_features)
        codes, weight = self.q_weight.data, QParams(self.weight_scale, self.weight_zero_point)
        if self.input_scale is None:
            result = weight_only_matmul(rows, codes, *weight)
        else:
            check_qparams(self.input_scale, self.input_zero_point, f"{self!r}, input")
            inputs = QParams(self.input_scale, self.input_zero_point or 0)
            bounds = finite_range(values, f"{self!r}: the input") if len(rows) else (0.0, 0.0)
            result = calibrated_matmul(rows, bounds, inputs, codes, weight)
        if self.q_bias is not None:
            result += self.dequantized_bias().data
        return Tensor(result.reshape(*x.shape[:-1], self.out_features))

    def dequantized_weight(self) -> Tensor:
        """The weight that the codes stand for: float32, shape (in_features, out_features)."""
        weight = self.weight_scale, self.weight_zero_point
        return Tensor(dequantize_array(self.q_weight.data, *weight))

    def dequantized_bias(self) -> Tensor:
        """The bias that the codes stand for: float32, shape (out_features,); zeros without one."""
        if self.q_bias is None or self.bias_scale is None or self.bias_zero_point is None:
            return Tensor(np.zeros(self.out_features, dtype=np.float32))
        return Tensor(dequantize_array(self.q_bias.data, self.bias_scale, self.bias_zero_point))

    def parameters(self) -> list[Tensor]:
        """The int8 weight, and the int8 bias if there is one."""
        return [self.q_weight] if self.q_bias is None else [self.q_weight, self.q_bias]

    def memory_usage(self) -> MemoryUsage:
        """Bytes of the parameters before and after quantization, and their quotient."""
        arrays = self.parameters()
        original = sum(4 * array.size for array in arrays)
        quantized = sum(array.nbytes + QPARAMS_BYTES for array in arrays)
        return MemoryUsage(
            original_bytes=original,
            quantized_bytes=quantized,
            compression_ratio=original / quantized,
        )

    def __repr__(self) -> str:
        bias = "" if self.q_bias is not None else ", bias=False"
        state = "weight-only" if self.input_scale is None else "calibrated"
        return f"QuantizedLinear({self.in_features}, {self.out_features}{bias}, {state})"


def _quantize(layer: Linear, name: str, shape: tuple[int, ...]) -> tuple[Tensor, float, int]:
    values = as_float32(getattr(layer, name), f"the {name} of {layer!r}")
    if values.shape != shape:
        raise ValueError(f"the {name} of {layer!r} should have shape {shape}, has {values.shape}")
    with naming(f"the {name} of {layer!r}"):
        return quantize_int8(Tensor(values))
