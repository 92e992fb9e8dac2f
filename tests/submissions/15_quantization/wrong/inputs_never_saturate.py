"""Rounds inputs to steps without clipping, as if int8 had codes for all of them."""

EXERCISE = "calibrate"
MESSAGE = r"do not saturate: int8 has no codes for them"


def quantize_input(self, x):
    if self.input_scale is None:
        return x
    return Tensor(np.rint(x.data / self.input_scale) * np.float32(self.input_scale))


QuantizedLinear.quantize_input = quantize_input
