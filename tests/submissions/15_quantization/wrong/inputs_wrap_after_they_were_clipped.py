"""Clips the steps of an input, adds the zero point, and wraps around."""

EXERCISE = "calibrate"
MESSAGE = r"clipped to -128 and 127 before the zero point is added"
ROW = "inputs beyond the calibrated range saturate"
POINTS = 2


def quantize_input(self, x):
    if self.input_scale is None:
        return x
    steps = np.clip(np.rint(x.data / self.input_scale), -128, 127)
    codes = (steps + self.input_zero_point).astype(np.int64).astype(np.int8)
    return dequantize_int8(Tensor(codes), self.input_scale, self.input_zero_point)


QuantizedLinear.quantize_input = quantize_input
