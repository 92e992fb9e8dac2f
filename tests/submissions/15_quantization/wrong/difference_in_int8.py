"""Subtracts int8 from int8, which wraps silently: 127 - (-128) is -1 there."""

EXERCISE = "dequantize_int8"
MESSAGE = r"int8 arithmetic wraps around"


def dequantize_int8(q_tensor, scale, zero_point):
    return Tensor((q_tensor.data - np.int8(zero_point)).astype(np.float32) * scale)
