"""Multiplies the codes as they are, in int8."""

EXERCISE = "integers"
ROW, POINTS = "the outputs are the nearest codes of the sums", 0
MESSAGE = r"it seems that|an output has code"


def integer_linear(
    q_x, x_zero_point, q_weight, weight_zero_point, q_bias, multiplier, y_zero_point
):
    sums = q_x.data @ q_weight.data + q_bias.data
    codes = np.rint(sums * np.float32(multiplier)) + y_zero_point
    return Tensor(np.clip(codes, -128, 127).astype(np.int8))
