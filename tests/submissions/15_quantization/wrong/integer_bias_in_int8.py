"""Squeezes the bias into int8."""

EXERCISE = "integers"
MESSAGE = r"sums of products of int8 codes are int32"


def quantize_bias(bias, scale):
    return Tensor(np.clip(np.rint(bias.data / scale), -128, 127).astype(np.int8))
