"""Casts the codes of the inputs without clipping them, so that large inputs become negative."""

EXERCISE = "calibrate"
MESSAGE = r"should saturate at its ends; do their codes wrap"


def quantize_input(self, x):
    if self.input_scale is None:
        return x
    codes = np.rint(x.data / self.input_scale).astype(np.int64) + self.input_zero_point
    codes = Tensor(codes.astype(np.int8))
    return dequantize_int8(codes, self.input_scale, self.input_zero_point)


QuantizedLinear.quantize_input = quantize_input
