"""Multiplies by the weight, and leaves the bias out."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"forward forgets the bias"


def forward(self, x):
    weight = dequantize_int8(self.q_weight, self.weight_scale, self.weight_zero_point)
    return self.quantize_input(x) @ weight


QuantizedLinear.forward = forward
