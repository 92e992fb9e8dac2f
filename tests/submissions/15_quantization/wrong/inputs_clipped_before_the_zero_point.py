"""Clips the steps of an input, and adds the zero point only then."""

EXERCISE = "calibrate"
MESSAGE = r"clipped to -128 and 127 before the zero point is added"
ROW = "inputs beyond the calibrated range saturate"
POINTS = 2


def quantize_input(self, x):
    if self.input_scale is None:
        return x
    steps = np.clip(np.rint(x.data / self.input_scale), -128, 127)
    codes = steps.astype(np.int64) + self.input_zero_point
    return Tensor(np.float32((codes - self.input_zero_point) * self.input_scale))


QuantizedLinear.quantize_input = quantize_input
