"""Takes 100 GB at once."""

import numpy as np

from tinytorch.core import Tensor

AFTER_KEY = True
EARNS = 90
REASON = r"MemoryError"


def dequantize_int8(q_tensor, scale, zero_point):
    return Tensor(np.ones(25_000_000_000, np.float32))
