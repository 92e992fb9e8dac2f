"""Defines a class Tensor of its own, and returns that."""

EXERCISE = "dequantize_int8"
ROW, POINTS = "it returns a float32 tensor of the same shape", 10
MESSAGE = r"an object of a class Tensor that is not tinytorch.core's"


class OwnTensor:
    def __init__(self, data):
        self.data = data


OwnTensor.__name__ = "Tensor"


def dequantize_int8(q_tensor, scale, zero_point):
    return OwnTensor(np.float32((q_tensor.data.astype(np.float64) - zero_point) * scale))
