"""Quantizes every input by its own range, so that the calibrated one is not used."""

EXERCISE = "calibrate"
MESSAGE = r"range of their own, not with the calibrated one"


def quantize_input(self, x):
    if self.input_scale is None:
        return x
    return dequantize_int8(*quantize_int8(x))


QuantizedLinear.quantize_input = quantize_input
