"""Believes that codes times scale are the values."""

EXERCISE = "dequantize_int8"
MESSAGE = r"zero point is not subtracted"


def dequantize_int8(q_tensor, scale, zero_point):
    return Tensor(q_tensor.data.astype(np.float32) * scale)
