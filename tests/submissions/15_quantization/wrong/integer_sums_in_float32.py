"""Adds up in float32, which rounds what is beyond 2**24."""

EXERCISE = "integers"
ROW, POINTS = "The sums do not wrap, and are exact", 0
MESSAGE = r"a little off where it passes through"


def integer_linear(
    q_x, x_zero_point, q_weight, weight_zero_point, q_bias, multiplier, y_zero_point
):
    inputs = q_x.data.astype(np.float32) - x_zero_point
    sums = inputs @ (q_weight.data.astype(np.float32) - weight_zero_point) + q_bias.data.astype(
        np.float32
    )
    codes = np.rint(sums * np.float32(multiplier)) + y_zero_point
    return Tensor(np.clip(codes, -128, 127).astype(np.int8))
