"""Multiplies int8 codes and adds them up in int32 once the layer is calibrated."""

forward_in_float = QuantizedLinear.forward


def forward(self, x):
    if self.input_scale is None:
        return forward_in_float(self, x)
    steps = codes_of(x.data, self.input_scale, self.input_zero_point).astype(np.int32)
    weight = self.q_weight.data.astype(np.int32) - self.weight_zero_point
    total = (steps - self.input_zero_point) @ weight
    y = total * (self.input_scale * self.weight_scale)
    if self.q_bias is not None:
        y = y + (self.q_bias.data.astype(np.int32) - self.bias_zero_point) * self.bias_scale
    return Tensor(y)


QuantizedLinear.forward = forward
