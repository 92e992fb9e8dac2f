"""Has codes to show, but computes with the FP32 weight."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"forward gives what the FP32 weight gives"


class QuantizedLinear(QuantizedLinear):
    def __init__(self, linear_layer):
        super().__init__(linear_layer)
        self.weight = linear_layer.weight

    def forward(self, x):
        y = self.quantize_input(x) @ self.weight
        if self.q_bias is not None:
            y = y + dequantize_int8(self.q_bias, self.bias_scale, self.bias_zero_point)
        return y
