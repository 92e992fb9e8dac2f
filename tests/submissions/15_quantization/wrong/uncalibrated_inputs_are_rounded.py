"""Quantizes inputs by their own range as long as there is no calibrated one."""

EXERCISE = "calibrate"
MESSAGE = r"forward rounds inputs before there was any calibration"


def quantize_input(self, x):
    if self.input_scale is None:
        return dequantize_int8(*quantize_int8(x))
    codes = Tensor(codes_of(x.data, self.input_scale, self.input_zero_point))
    return dequantize_int8(codes, self.input_scale, self.input_zero_point)


QuantizedLinear.quantize_input = quantize_input
