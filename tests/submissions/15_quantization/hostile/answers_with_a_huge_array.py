"""Answers with more than a message may hold."""

import numpy as np

from tinytorch.core import Tensor

AFTER_KEY = True
EARNS = 90
REASON = r"cannot be used: \d+ bytes of arrays are more"


def dequantize_int8(q_tensor, scale, zero_point):
    return Tensor(np.zeros(30_000_000, np.float32))
