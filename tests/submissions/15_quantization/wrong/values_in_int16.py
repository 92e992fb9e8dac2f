"""Keeps the restored values in an integer dtype, which has no halves."""

EXERCISE = "dequantize_int8"
MESSAGE = r"dtype int16, not float32"


def dequantize_int8(q_tensor, scale, zero_point):
    values = (q_tensor.data.astype(np.int16) - zero_point) * scale
    return Tensor(values.astype(np.int16))
