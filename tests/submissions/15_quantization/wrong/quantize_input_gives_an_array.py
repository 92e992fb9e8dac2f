"""Returns an array, which happens to work in a product with a Tensor."""

EXERCISE = "calibrate"
ROW, POINTS = "quantize_input returns the values of the codes as a Tensor", 1
MESSAGE = r"quantize_input returned a NumPy array where a Tensor was expected"


def quantize_input(self, x):
    if self.input_scale is None:
        return x
    codes = Tensor(codes_of(x.data, self.input_scale, self.input_zero_point))
    return dequantize_int8(codes, self.input_scale, self.input_zero_point).data


QuantizedLinear.quantize_input = quantize_input
