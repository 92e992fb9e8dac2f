"""Forgets the bias in a layer with all methods in its class body, which rounds inputs by itself."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"forward forgets the bias"


del calibrate, quantize_input


class QuantizedLinear:
    input_scale = None
    input_zero_point = None

    def __init__(self, linear_layer):
        self.in_features, self.out_features = linear_layer.weight.shape
        self.q_weight, self.weight_scale, self.weight_zero_point = quantize_int8(
            linear_layer.weight
        )
        self.q_bias = self.bias_scale = self.bias_zero_point = None
        if linear_layer.bias is not None:
            self.q_bias, self.bias_scale, self.bias_zero_point = quantize_int8(linear_layer.bias)

    def calibrate(self, sample_inputs):
        inputs = list(sample_inputs)
        if len(inputs) == 0:
            raise ValueError("no samples were given")
        values = np.concatenate([each.data.ravel() for each in inputs])
        self.input_scale, self.input_zero_point = choose_qparams(values.min(), values.max())

    def forward(self, x):
        if self.input_scale is not None:
            low = (-128 - self.input_zero_point) * self.input_scale
            steps = np.rint((np.asarray(x.data, np.float64) - low) / self.input_scale)
            x = Tensor(low + np.clip(steps, 0, 255) * self.input_scale)
        y = x.matmul(dequantize_int8(self.q_weight, self.weight_scale, self.weight_zero_point))
        return y

    __call__ = forward

    def parameters(self):
        return [self.q_weight, *([self.q_bias] if self.q_bias is not None else [])]

    def memory_usage(self):
        elements = self.in_features * self.out_features
        extra = 8
        if self.q_bias is not None:
            elements += self.out_features
            extra += 8
        return {
            "original_bytes": elements * 4,
            "quantized_bytes": elements + extra,
            "compression_ratio": elements * 4 / (elements + extra),
        }
