"""Squeezes the bias into int8."""

EXERCISE = "integers"
ROW, POINTS = "the bias gets int32 codes with the scale of the sums", 0
MESSAGE = r"sums of products of int8 codes are int32"


def quantize_bias(bias, scale):
    return Tensor(np.clip(np.rint(bias.data / scale), -128, 127).astype(np.int8))
