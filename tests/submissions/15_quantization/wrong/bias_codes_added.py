"""Adds the codes of the bias, without their scale and zero point."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"forward adds something else than the bias"


def forward(self, x):
    weight = dequantize_int8(self.q_weight, self.weight_scale, self.weight_zero_point)
    y = self.quantize_input(x) @ weight
    return y if self.q_bias is None else y + self.q_bias


QuantizedLinear.forward = forward
