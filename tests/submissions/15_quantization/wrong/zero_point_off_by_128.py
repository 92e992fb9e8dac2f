"""Moves the codes to 0 to 255 first, but not the zero point."""

EXERCISE = "dequantize_int8"
MESSAGE = r"how many steps is the code from the zero point"


def dequantize_int8(q_tensor, scale, zero_point):
    return Tensor((q_tensor.data.astype(np.float32) + 128 - zero_point) * scale)
