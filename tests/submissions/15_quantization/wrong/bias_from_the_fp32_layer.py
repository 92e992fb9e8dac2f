"""Stores the codes of the bias, but adds the FP32 bias that it kept."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"forward adds the FP32 bias"


class QuantizedLinear(QuantizedLinear):
    def __init__(self, linear_layer):
        super().__init__(linear_layer)
        self.bias = linear_layer.bias

    def forward(self, x):
        weight = dequantize_int8(self.q_weight, self.weight_scale, self.weight_zero_point)
        y = self.quantize_input(x) @ weight
        return y if self.bias is None else y + self.bias
