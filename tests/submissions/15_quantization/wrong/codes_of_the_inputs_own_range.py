"""Quantizes each input by its own range, and restores it with the calibrated one."""

EXERCISE = "calibrate"
MESSAGE = r"codes of the input's own range are restored with the calibrated scale and zero point"
ROW = "a calibrated layer rounds its inputs to their codes"
POINTS = 4


def quantize_input(self, x):
    if self.input_scale is None:
        return x
    codes, _, _ = quantize_int8(x)
    return dequantize_int8(codes, self.input_scale, self.input_zero_point)


QuantizedLinear.quantize_input = quantize_input
