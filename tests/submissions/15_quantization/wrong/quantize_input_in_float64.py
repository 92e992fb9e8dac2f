"""Returns values of float64, twice the bytes."""

EXERCISE = "calibrate"
ROW, POINTS = "quantize_input returns the values of the codes as a Tensor", 1
MESSAGE = r"quantize_input returned a Tensor of float64"


def quantize_input(self, x):
    if self.input_scale is None:
        return x
    codes = codes_of(x.data, self.input_scale, self.input_zero_point)
    result = Tensor(codes.astype(np.float32))
    result.data = (codes.astype(np.float64) - self.input_zero_point) * self.input_scale
    return result


QuantizedLinear.quantize_input = quantize_input
