"""Changes the tensor that it is given, to one of no values, all of which are as before."""

import numpy as np

AFTER_KEY = True
EARNS = 99
REASON = r"has changed"

quantize_first = quantize_int8


def quantize_int8(tensor):
    result = quantize_first(tensor)
    tensor.data = np.empty((0,) + (1,) * tensor.ndim, np.float32)
    return result
