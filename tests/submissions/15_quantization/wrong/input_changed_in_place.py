"""Rounds the input where it is, which changes the array of the caller."""

EXERCISE = "calibrate"
MESSAGE = r"forward has changed the input"

right_quantize_input = quantize_input


def quantize_input(self, x):
    if self.input_scale is None:
        return x
    x.data[...] = right_quantize_input(self, x).data
    return x


QuantizedLinear.quantize_input = quantize_input
