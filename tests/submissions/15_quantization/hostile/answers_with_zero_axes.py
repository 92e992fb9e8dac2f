"""Gives arrays without axes where numbers and Tensors are expected."""

import numpy as np

from tinytorch.core import Tensor

AFTER_KEY = True
EARNS = 90
REASON = r"Tensor of shape \(\)|array where a number"


def dequantize_int8(q_tensor, scale, zero_point):
    return Tensor(np.array(1.0, np.float32))
