"""Gives codes in structured, big-endian, text and date dtypes."""

import itertools

import numpy as np

from tinytorch.core import Tensor

AFTER_KEY = True
EARNS = 90
REASON = r"cannot be used: an array of dtype"

turns = itertools.count()


def dequantize_int8(q_tensor, scale, zero_point):
    dtypes = ([("a", "i1"), ("b", ">f8")], "M8[s]", "S3", "O", "V5", "c16", np.longdouble)
    made = Tensor(0.0)
    made.data = np.zeros(q_tensor.shape, dtypes[next(turns) % len(dtypes)])
    return made
