"""Takes for granted that an input has rows and columns."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"ValueError at `rows, _ = x\.shape`"


def forward(self, x):
    rows, _ = x.shape
    weight = dequantize_int8(self.q_weight, self.weight_scale, self.weight_zero_point)
    y = np.zeros((rows, self.out_features), np.float32)
    y += (self.quantize_input(x) @ weight).data
    if self.q_bias is not None:
        y += dequantize_int8(self.q_bias, self.bias_scale, self.bias_zero_point).data
    return Tensor(y)


QuantizedLinear.forward = forward
