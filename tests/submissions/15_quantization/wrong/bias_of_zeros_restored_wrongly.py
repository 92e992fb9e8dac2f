"""Restores the bias with the scale and the zero point of the weight, in forward only."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"the bias is all zeros"


def forward(self, x):
    y = self.quantize_input(x) @ dequantize_int8(
        self.q_weight, self.weight_scale, self.weight_zero_point
    )
    if self.q_bias is not None:
        y = y + dequantize_int8(self.q_bias, self.weight_scale, self.weight_zero_point)
    return y


QuantizedLinear.forward = forward
