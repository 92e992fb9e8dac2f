"""Hands the codes of the inputs to forward as if they were the inputs."""

EXERCISE = "calibrate"
ROW, POINTS = "quantize_input returns the values of the codes as a Tensor", 5
MESSAGE = r"quantize_input returned the codes themselves"


def quantize_input(self, x):
    if self.input_scale is None:
        return x
    codes = codes_of(x.data, self.input_scale, self.input_zero_point)
    return Tensor(codes.astype(np.float32))


QuantizedLinear.quantize_input = quantize_input
