"""Writes quantize_input, and a forward that never calls it."""

EXERCISE = "QuantizedLinear"
ROW, POINTS = "Forward lets quantize_input have the input first", 1
MESSAGE = r"forward does not call quantize_input"


def forward(self, x):
    y = x @ dequantize_int8(self.q_weight, self.weight_scale, self.weight_zero_point)
    if self.q_bias is not None:
        y = y + dequantize_int8(self.q_bias, self.bias_scale, self.bias_zero_point)
    return y


QuantizedLinear.forward = forward
