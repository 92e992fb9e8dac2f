"""A layer whose attributes are properties that give something else each time."""

import itertools

import numpy as np

from tinytorch.core import Tensor

AFTER_KEY = True
EARNS = 90
KEEPS = 55
REASON = r"q_weight|Tensor"

FirstLayer = QuantizedLinear


class QuantizedLinear(FirstLayer):
    looks = itertools.count()

    @property
    def q_weight(self):
        return self.kept if next(self.looks) % 2 else Tensor(np.zeros(3, np.float32))

    @q_weight.setter
    def q_weight(self, codes):
        self.kept = codes
