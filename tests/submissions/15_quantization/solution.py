"""The answer key: what a strong student would write, in plain NumPy."""

import numpy as np

from tinytorch.core import Linear, Sequential, Tensor


def choose_qparams(minimum, maximum):
    minimum, maximum = min(minimum, 0.0), max(maximum, 0.0)
    if minimum == maximum:
        return 1.0, 0
    scale = (maximum - minimum) / 255
    return scale, int(np.clip(np.rint(-128 - minimum / scale), -128, 127))


def quantize(values, scale, zero_point):
    return np.clip(np.rint(values / scale) + zero_point, -128, 127).astype(np.int8)


def quantize_int8(tensor):
    values = tensor.data.astype(np.float64)
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError("expected at least one value, all of them finite")
    scale, zero_point = choose_qparams(float(values.min()), float(values.max()))
    return Tensor(quantize(values, scale, zero_point)), scale, zero_point


def dequantize_int8(q_tensor, scale, zero_point):
    return Tensor((q_tensor.data.astype(np.float64) - zero_point) * scale)


class QuantizedLinear:
    def __init__(self, linear_layer):
        self.in_features = linear_layer.in_features
        self.out_features = linear_layer.out_features
        self.q_weight, self.weight_scale, self.weight_zero_point = quantize_int8(
            linear_layer.weight
        )
        self.q_bias = self.bias_scale = self.bias_zero_point = None
        if linear_layer.bias is not None:
            self.q_bias, self.bias_scale, self.bias_zero_point = quantize_int8(linear_layer.bias)
        self.input_scale = self.input_zero_point = None

    def calibrate(self, sample_inputs):
        lows, highs = [], []
        for sample in sample_inputs:
            lows.append(float(sample.data.min()))
            highs.append(float(sample.data.max()))
        if not lows:
            raise ValueError("calibrate needs at least one sample")
        self.input_scale, self.input_zero_point = choose_qparams(min(lows), max(highs))

    def forward(self, x):
        if self.input_scale is not None:
            codes = quantize(x.data, self.input_scale, self.input_zero_point)
            x = dequantize_int8(Tensor(codes), self.input_scale, self.input_zero_point)
        y = x @ dequantize_int8(self.q_weight, self.weight_scale, self.weight_zero_point)
        if self.q_bias is not None:
            y = y + dequantize_int8(self.q_bias, self.bias_scale, self.bias_zero_point)
        return y

    __call__ = forward

    def parameters(self):
        return [self.q_weight] if self.q_bias is None else [self.q_weight, self.q_bias]

    def memory_usage(self):
        original = sum(4 * codes.size for codes in self.parameters())
        quantized = sum(codes.nbytes + 8 for codes in self.parameters())
        return {
            "original_bytes": original,
            "quantized_bytes": quantized,
            "compression_ratio": original / quantized,
        }


def linear_layers(model):
    for layer in model.layers:
        if isinstance(layer, Sequential):
            yield from linear_layers(layer)
        elif isinstance(layer, Linear):
            yield layer


def observe(model, x, ranges):
    """Run the FP32 model and widen the range of every Linear's inputs."""
    for layer in model.layers:
        if isinstance(layer, Sequential):
            x = observe(layer, x, ranges)
            continue
        if isinstance(layer, Linear):
            low, high = ranges.get(id(layer), (np.inf, -np.inf))
            ranges[id(layer)] = min(low, x.data.min()), max(high, x.data.max())
        x = layer(x)
    return x


def replace(model, quantized):
    for position, layer in enumerate(model.layers):
        if isinstance(layer, Sequential):
            replace(layer, quantized)
        else:
            model.layers[position] = quantized.get(id(layer), layer)


def quantize_model(model, calibration_data=None):
    ranges = {}
    for batch in calibration_data if calibration_data is not None else []:
        observe(model, batch, ranges)
    quantized = {}
    for layer in linear_layers(model):
        if id(layer) not in quantized:
            quantized[id(layer)] = QuantizedLinear(layer)
    if calibration_data is not None:
        if quantized and not ranges:
            raise ValueError("quantize_model got no calibration samples")
        for key, layer in quantized.items():
            layer.input_scale, layer.input_zero_point = choose_qparams(*map(float, ranges[key]))
    replace(model, quantized)


def analyze_model_sizes(original, quantized):
    def count(model):
        arrays = model.parameters()
        codes = [array for array in arrays if array.dtype == np.int8]
        return sum(a.size for a in arrays), sum(a.nbytes for a in arrays) + 8 * len(codes)

    original_params, original_bytes = count(original)
    quantized_params, quantized_bytes = count(quantized)
    return {
        "original_params": original_params,
        "quantized_params": quantized_params,
        "original_bytes": original_bytes,
        "quantized_bytes": quantized_bytes,
        "compression_ratio": original_bytes / quantized_bytes,
        "memory_saved_mb": (original_bytes - quantized_bytes) / 1e6,
        "memory_saved_percent": 100 * (1 - quantized_bytes / original_bytes),
    }
