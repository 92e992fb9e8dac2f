"""Adds the zero point, as quantization does."""

EXERCISE = "dequantize_int8"
MESSAGE = r"zero point is added"


def dequantize_int8(q_tensor, scale, zero_point):
    return Tensor((q_tensor.data.astype(np.float32) + zero_point) * scale)
