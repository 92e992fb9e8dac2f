"""A QuantizedLinear that is a Linear, whose FP32 weight is let go of."""


class QuantizedLinear(Linear):
    def __init__(self, linear_layer):
        # No super().__init__: it would draw a weight only to throw it away.
        self.in_features, self.out_features = linear_layer.in_features, linear_layer.out_features
        self.q_weight, self.weight_scale, self.weight_zero_point = quantize_int8(
            linear_layer.weight
        )
        bias = linear_layer.bias
        self.q_bias, self.bias_scale, self.bias_zero_point = (
            (None, None, None) if bias is None else quantize_int8(bias)
        )
        self.input_scale = self.input_zero_point = None

    @property
    def weight(self):
        return dequantize_int8(self.q_weight, self.weight_scale, self.weight_zero_point)

    @property
    def bias(self):
        if self.q_bias is None:
            return None
        return dequantize_int8(self.q_bias, self.bias_scale, self.bias_zero_point)

    def forward(self, x):
        return super().forward(self.quantize_input(x))

    def parameters(self):
        return [codes for codes in (self.q_weight, self.q_bias) if codes is not None]

    def memory_usage(self):
        before = 4.0 * sum(codes.size for codes in self.parameters())
        after = sum(float(codes.nbytes + 8) for codes in self.parameters())
        return {
            "original_bytes": before,
            "quantized_bytes": after,
            "compression_ratio": before / after,
        }

    calibrate = calibrate
    quantize_input = quantize_input
