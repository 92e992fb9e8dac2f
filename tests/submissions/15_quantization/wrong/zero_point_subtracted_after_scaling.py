"""Leaves out the parentheses, so that the zero point is taken for a value."""

EXERCISE = "dequantize_int8"
MESSAGE = r"subtracted from the values, not from the codes"


def dequantize_int8(q_tensor, scale, zero_point):
    return Tensor(q_tensor.data.astype(np.float32) * scale - zero_point)
