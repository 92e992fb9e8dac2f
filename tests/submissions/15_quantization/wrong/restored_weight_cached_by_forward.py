"""Restores the weight in the first forward, and keeps it for the next."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"once it is quantized and used, .* what in the layer keeps the weight"


def forward(self, x):
    if not hasattr(self, "restored"):
        self.restored = dequantize_int8(self.q_weight, self.weight_scale, self.weight_zero_point)
    y = self.quantize_input(x) @ self.restored
    if self.q_bias is not None:
        y = y + dequantize_int8(self.q_bias, self.bias_scale, self.bias_zero_point)
    return y


QuantizedLinear.forward = forward
