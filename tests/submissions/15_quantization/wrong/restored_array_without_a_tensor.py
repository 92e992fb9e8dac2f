"""Returns the values as a NumPy array, and forgets the Tensor around them."""

EXERCISE = "dequantize_int8"
MESSAGE = r"a NumPy array where a Tensor was expected"


def dequantize_int8(q_tensor, scale, zero_point):
    return (q_tensor.data.astype(np.float32) - np.float32(zero_point)) * np.float32(scale)
