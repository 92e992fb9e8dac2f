"""Divides by the input scale although there is none before calibration."""

EXERCISE = "calibrate"
MESSAGE = r"TypeError at `codes = .*self\.input_scale"


def quantize_input(self, x):
    codes = np.rint(x.data / self.input_scale) + self.input_zero_point
    codes = Tensor(np.clip(codes, -128, 127).astype(np.int8))
    return dequantize_int8(codes, self.input_scale, self.input_zero_point)


QuantizedLinear.quantize_input = quantize_input
