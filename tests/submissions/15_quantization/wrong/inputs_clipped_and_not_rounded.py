"""Clips inputs to the calibrated range, and does not round them."""

EXERCISE = "calibrate"
ROW, POINTS = "quantize_input returns the values of the codes as a Tensor", 3
MESSAGE = r"clips its input to the calibrated range and does not round"


def quantize_input(self, x):
    if self.input_scale is None:
        return x
    low = (-128 - self.input_zero_point) * self.input_scale
    high = (127 - self.input_zero_point) * self.input_scale
    return Tensor(np.clip(x.data, low, high).astype(np.float32))


QuantizedLinear.quantize_input = quantize_input
