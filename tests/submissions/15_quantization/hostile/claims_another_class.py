"""Claims by `__class__` to be a float, a Tensor or an array."""

import numpy as np

from tinytorch.core import Tensor

AFTER_KEY = True
EARNS = 90
REASON = r"Error|where a Tensor was expected"


class Impostor:
    @property
    def __class__(self):
        return Tensor

    @property
    def data(self):
        return Values()


class Values:
    shape, dtype, ndim = (6,), np.dtype("f4"), 1

    @property
    def __class__(self):
        return np.ndarray

    def copy(self):
        return self


def dequantize_int8(q_tensor, scale, zero_point):
    return Impostor()
