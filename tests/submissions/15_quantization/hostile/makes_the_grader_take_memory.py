"""Lets a proxy compute a product of two thin arrays that takes gigabytes."""

import numpy as np

from tinytorch.core import Linear, Tensor

EARNS = 0
REASON = r"not defined|too large|memory|Malformed"


def quantize_model(model, calibration_data=None):
    thin = QuantizedLinear(Linear(1, 20_000))
    thin.forward(Tensor(np.ones((20_000, 1), np.float32)))
