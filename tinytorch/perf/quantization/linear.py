"""QuantizedLinear: a Linear layer whose parameters really are int8.

It keeps the codes and forgets the FP32 layer. Until it is calibrated, its inputs stay float32 and
only the weights are quantized. Once calibrated, the inputs are quantized too and the product is
exact integer arithmetic, as in ONNX Runtime's QDQ graphs.

By default there is one scale for the weight, and the bias is stored in int8 as well, as the
textbook does. Production engines have one scale per output, and keep the bias as int32 with scale
input_scale * weight_scale, or in float32: it is a tiny share of the bytes. See `weights`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tinytorch.core.layer import Layer, as_layer_input
from tinytorch.core.linear import Linear
from tinytorch.core.structure import is_linear
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization.affine import choose_qparams
from tinytorch.perf.quantization.calibration import calibration_batches
from tinytorch.perf.quantization.matmul import calibrated_matmul, weight_only_matmul
from tinytorch.perf.quantization.observers import Observer, observer_factory
from tinytorch.perf.quantization.sizes import BYTES_PER_FLOAT32, MemoryUsage, qparams_bytes
from tinytorch.perf.quantization.validation import (
    QParams,
    check_codes,
    check_qparams,
    described,
    finite_range,
    naming,
)
from tinytorch.perf.quantization.weights import (
    check_bias,
    check_choices,
    dequantize_codes,
    float_bias,
    quantize_bias,
    quantize_weight,
)


class QuantizedLinear(Layer):
    """A Linear layer with int8 weight and bias.

    Args:
        linear_layer: the layer to quantize. It is only read, and no reference to it is kept.
        granularity: "per_tensor", or "per_channel" for one weight scale per output.
        bias: "int8" or "float32".

    Attributes:
        q_weight: int8 Tensor of shape (in_features, out_features).
        weight_scale, weight_zero_point: real units per weight code, and the code of 0.0. Per
            channel the scale is an array of shape (out_features,), and the zero point 0.
        q_bias: int8 Tensor of shape (out_features,), or None without an int8 bias.
        bias_scale, bias_zero_point: the same of the bias, or None.
        float_bias: the bias as a float32 Tensor, or None.
        input_scale, input_zero_point: scale and zero point of the inputs; None until `calibrate`.
        in_features, out_features: lengths of the last axis of input and output.

    Raises:
        TypeError: if something else than a Linear is given.
        ValueError: if a parameter holds NaN or infinite values, or a choice is not known.

    Example:
        >>> layer = Linear(64, 10, rng=np.random.default_rng(0))
        >>> quantized = QuantizedLinear(layer)
        >>> quantized.memory_usage()["quantized_bytes"]  # 640 + 8 and 10 + 8
        666
        >>> quantized.calibrate([Tensor(np.ones((5, 64)))])
        >>> quantized
        QuantizedLinear(64, 10, calibrated)
    """

    def __init__(
        self, linear_layer: Linear, granularity: str = "per_tensor", bias: str = "int8"
    ) -> None:
        if not is_linear(linear_layer):
            raise TypeError(
                f"QuantizedLinear expects a Linear layer, got {described(linear_layer)}; "
                "use quantize_model for a whole Sequential"
            )
        check_choices(granularity, bias, "QuantizedLinear")
        self.in_features = linear_layer.in_features
        self.out_features = linear_layer.out_features
        codes, weight = quantize_weight(linear_layer, granularity)
        q_bias = qparams = kept_bias = None
        if linear_layer.bias is not None and bias == "int8":
            q_bias, qparams = quantize_bias(linear_layer)
        elif linear_layer.bias is not None:
            kept_bias = float_bias(linear_layer)
        self._set(codes, weight, q_bias, qparams, None, kept_bias)

    @classmethod
    def from_codes(
        cls,
        q_weight: Tensor,
        weight: QParams,
        q_bias: Tensor | None = None,
        bias: QParams | None = None,
        inputs: QParams | None = None,
        float_bias: Tensor | None = None,
    ) -> QuantizedLinear:
        """Make a layer of codes that are there already, such as those in a file.

        Args:
            q_weight: int8 Tensor of shape (in_features, out_features).
            weight: scale and zero point of the weight; or a float array of shape (out_features,)
                of scales, and zero point 0.
            q_bias: int8 Tensor of shape (out_features,), or None without a bias.
            bias: scale and zero point of the bias, or None without a bias.
            inputs: scale and zero point of the inputs; None if the layer is not calibrated.
            float_bias: a bias as a float32 Tensor of shape (out_features,), in place of q_bias.

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
        if inputs is not None:
            check_qparams(*inputs, "QuantizedLinear, input")
        layer = cls.__new__(cls)
        layer.in_features, layer.out_features = q_weight.shape
        check_bias(q_bias, bias, float_bias, layer.out_features, "QuantizedLinear, bias")
        layer._set(q_weight, weight, q_bias, bias, inputs, float_bias)
        return layer

    def _set(
        self, q_weight: Any, weight: Any, q_bias: Any, bias: Any, inputs: Any, float_bias: Any
    ) -> None:
        self.q_weight, self.q_bias, self.float_bias = q_weight, q_bias, float_bias
        bias, inputs = bias or (None, None), inputs or (None, None)
        self.weight_scale, self.weight_zero_point = weight
        self.bias_scale, self.bias_zero_point = bias
        self.input_scale, self.input_zero_point = inputs

    def calibrate(
        self,
        sample_inputs: Iterable[Tensor],
        observer: str | Callable[[], Observer] = "minmax",
        progress: bool | None = None,
    ) -> None:
        """Choose input_scale and input_zero_point from samples of this layer's inputs.

        They are read once, one at a time. An earlier calibration is replaced; on an error it stays.

        Args:
            sample_inputs: any iterable of Tensors or arrays of shape (..., in_features).
            observer: how the range is found: "minmax", "percentile", "mse", or a callable that
                makes an observer (see `tinytorch.perf.quantization.observers`).
            progress: shows or hides a progress bar; None shows one for long work on a terminal.

        Raises:
            TypeError: if sample_inputs is not an iterable of Tensors.
            ValueError: if there are no samples, or one is empty, not finite or of another width.
        """
        watch = observer_factory(observer)()
        batches = calibration_batches(sample_inputs, "calibrate", progress, "sample_inputs")
        for position, batch in batches:
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
        if self.q_bias is not None or self.float_bias is not None:
            result += self.dequantized_bias().data
        return Tensor(result.reshape(*x.shape[:-1], self.out_features))

    def dequantized_weight(self) -> Tensor:
        """The weight that the codes stand for: float32, shape (in_features, out_features)."""
        weight = QParams(self.weight_scale, self.weight_zero_point)
        return Tensor(dequantize_codes(self.q_weight.data, weight))

    def dequantized_bias(self) -> Tensor:
        """The bias that the codes stand for: float32, shape (out_features,); zeros without one."""
        if self.float_bias is not None:
            return self.float_bias
        if self.q_bias is None:
            return Tensor(np.zeros(self.out_features, dtype=np.float32))
        bias = QParams(self.bias_scale, self.bias_zero_point)
        return Tensor(dequantize_codes(self.q_bias.data, bias))

    def parameters(self) -> list[Tensor]:
        """The int8 weight, and the bias if there is one."""
        return [t for t in (self.q_weight, self.q_bias, self.float_bias) if t is not None]

    def memory_usage(self) -> MemoryUsage:
        """Bytes of the parameters before and after quantization, and their quotient."""
        arrays = self.parameters()
        original = sum(BYTES_PER_FLOAT32 * array.size for array in arrays)
        scales = [scale for scale in (self.weight_scale, self.bias_scale) if scale is not None]
        quantized = sum(array.nbytes for array in arrays) + sum(map(qparams_bytes, scales))
        return MemoryUsage(
            original_bytes=original,
            quantized_bytes=quantized,
            compression_ratio=original / quantized,
        )

    def __repr__(self) -> str:
        bias = "" if self.q_bias is not None else ", bias=False"
        if self.float_bias is not None:
            bias = ", float32 bias"
        if isinstance(self.weight_scale, np.ndarray):
            bias = f", per channel{bias}"
        state = "weight-only" if self.input_scale is None else "calibrated"
        return f"QuantizedLinear({self.in_features}, {self.out_features}{bias}, {state})"
