"""Cuts off what a bias has behind the point."""

EXERCISE = "integers"
ROW, POINTS = "the bias gets int32 codes with the scale of the sums", 0
MESSAGE = r"the code is the bias in steps of the scale"


def quantize_bias(bias, scale):
    return Tensor(np.floor(bias.data / scale).astype(np.int32))
