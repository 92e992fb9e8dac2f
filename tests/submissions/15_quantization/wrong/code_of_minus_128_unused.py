"""Clips to -127, as symmetric schemes do."""

EXERCISE = "quantize_int8"
MESSAGE = r"which codes are never used"

right_quantize_int8 = quantize_int8


def quantize_int8(tensor):
    q_tensor, scale, zero_point = right_quantize_int8(tensor)
    return Tensor(np.maximum(q_tensor.data, -127).astype(np.int8)), scale, zero_point
