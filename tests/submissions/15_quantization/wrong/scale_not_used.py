"""Forgets that a code counts steps, each as wide as the scale."""

EXERCISE = "dequantize_int8"
MESSAGE = r"scale is not used"


def dequantize_int8(q_tensor, scale, zero_point):
    return Tensor(q_tensor.data.astype(np.float32) - zero_point)
