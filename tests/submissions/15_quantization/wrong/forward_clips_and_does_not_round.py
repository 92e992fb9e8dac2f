"""Clips inputs in forward, where nothing rounds them."""

EXERCISE = "calibrate"
ROW, POINTS = "a calibrated layer rounds its inputs to their codes", 2
MESSAGE = r"inputs are clipped to the calibrated range, and not rounded"


def forward(self, x):
    if self.input_scale is not None:
        low = (-128 - self.input_zero_point) * self.input_scale
        high = (127 - self.input_zero_point) * self.input_scale
        x = Tensor(np.clip(x.data, low, high).astype(np.float32))
    y = x @ dequantize_int8(self.q_weight, self.weight_scale, self.weight_zero_point)
    if self.q_bias is None:
        return y
    return y + dequantize_int8(self.q_bias, self.bias_scale, self.bias_zero_point)


QuantizedLinear.forward = forward
del QuantizedLinear.quantize_input
