"""Has no method quantize_input: forward reads the input scale itself."""


def forward(self, x):
    values = x.data
    if self.input_scale is not None:
        steps = np.round(values / self.input_scale) + self.input_zero_point
        steps = np.clip(steps, -128, 127) - self.input_zero_point
        values = (steps * self.input_scale).astype(np.float32)
    weight = dequantize_int8(self.q_weight, self.weight_scale, self.weight_zero_point).data
    result = np.dot(values, weight)
    if self.q_bias is not None:
        result += dequantize_int8(self.q_bias, self.bias_scale, self.bias_zero_point).data
    return Tensor(result)


QuantizedLinear.forward = forward
del QuantizedLinear.quantize_input
del quantize_input
