"""Keeps the FP32 weight in a file that is mapped into memory."""

import numpy as np

AFTER_KEY = True
EARNS = 97
KEEPS = 85
REASON = r"still takes over 60 %"


honest = QuantizedLinear.__init__
maps = []


def keep(self, linear_layer):
    honest(self, linear_layer)
    if linear_layer.bias is None:
        return
    for values in (linear_layer.weight.data, linear_layer.bias.data):
        maps.append(np.memmap(f"{len(maps)}", np.float32, "w+", shape=values.shape))
        maps[-1][:] = values


QuantizedLinear.__init__ = keep
