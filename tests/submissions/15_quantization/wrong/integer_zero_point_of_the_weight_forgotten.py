"""Takes the weight for symmetric."""

EXERCISE = "integers"
ROW, POINTS = "the outputs are the nearest codes of the sums", 0
MESSAGE = r"the zero point of the weight is not subtracted"


def integer_linear(
    q_x, x_zero_point, q_weight, weight_zero_point, q_bias, multiplier, y_zero_point
):
    inputs = q_x.data.astype(np.int32) - x_zero_point
    sums = inputs @ q_weight.data.astype(np.int32) + q_bias.data
    codes = np.rint(sums.astype(np.float32) * np.float32(multiplier)) + y_zero_point
    return Tensor(np.clip(codes, -128, 127).astype(np.int8))
