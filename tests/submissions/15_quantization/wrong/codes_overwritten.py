"""Puts the values into the Tensor of codes, which is gone then."""

EXERCISE = "dequantize_int8"
MESSAGE = r"Tensor that was given has another dtype|codes that were given have changed"


def dequantize_int8(q_tensor, scale, zero_point):
    q_tensor.data = ((q_tensor.data.astype(np.float32) - zero_point) * scale).astype(np.float32)
    return q_tensor
