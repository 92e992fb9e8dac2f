"""Cuts the inputs to the code below, where the nearest code is meant."""

EXERCISE = "calibrate"
MESSAGE = r"inputs are rounded down"


def quantize_input(self, x):
    if self.input_scale is None:
        return x
    codes = np.floor(x.data / self.input_scale) + self.input_zero_point
    codes = Tensor(np.clip(codes, -128, 127).astype(np.int8))
    return dequantize_int8(codes, self.input_scale, self.input_zero_point)


QuantizedLinear.quantize_input = quantize_input
