"""Multiplies by the codes and the scale, and forgets the zero point of the weight."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"forward multiplies by the codes"


def forward(self, x):
    y = (self.quantize_input(x) @ self.q_weight) * self.weight_scale
    if self.q_bias is not None:
        y = y + dequantize_int8(self.q_bias, self.bias_scale, self.bias_zero_point)
    return y


QuantizedLinear.forward = forward
