"""Reshapes every input to rows and columns, and never back."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"Tensor of shape \(1, 4\); expected shape \(4,\)"


def forward(self, x):
    x = self.quantize_input(x).reshape(-1, self.in_features)
    y = x @ dequantize_int8(self.q_weight, self.weight_scale, self.weight_zero_point)
    if self.q_bias is not None:
        y = y + dequantize_int8(self.q_bias, self.bias_scale, self.bias_zero_point)
    return y


QuantizedLinear.forward = forward
