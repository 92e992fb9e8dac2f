"""Computes all of it in float64, and leaves the last rounding to Tensor."""


def dequantize_int8(q_tensor, scale, zero_point):
    return Tensor((q_tensor.data.astype(np.float64) - zero_point) * scale)


def restored(codes, scale, zero_point):
    return (codes.data.astype(np.float64) - zero_point) * scale


def forward(self, x):
    values = x.data.astype(np.float64)
    if self.input_scale is not None:
        codes = codes_of(values, self.input_scale, self.input_zero_point)
        values = restored(Tensor(codes), self.input_scale, self.input_zero_point)
    y = values @ restored(self.q_weight, self.weight_scale, self.weight_zero_point)
    if self.q_bias is not None:
        y += restored(self.q_bias, self.bias_scale, self.bias_zero_point)
    return Tensor(y)


QuantizedLinear.forward = forward
