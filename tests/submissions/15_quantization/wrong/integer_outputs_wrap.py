"""Casts the outputs without clipping them."""

EXERCISE = "integers"
ROW, POINTS = "Outputs beyond the codes saturate", 0
MESSAGE = r"should get the nearest code that there is"


def integer_linear(
    q_x, x_zero_point, q_weight, weight_zero_point, q_bias, multiplier, y_zero_point
):
    inputs = q_x.data.astype(np.int32) - x_zero_point
    sums = inputs @ (q_weight.data.astype(np.int32) - weight_zero_point) + q_bias.data
    codes = np.rint(sums.astype(np.float32) * np.float32(multiplier)) + y_zero_point
    return Tensor(codes.astype(np.int32).astype(np.int8))
