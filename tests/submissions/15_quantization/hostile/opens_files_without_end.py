"""Opens files until there is no number for more."""

AFTER_KEY = True
EARNS = 90
REASON = r"OSError"


import numpy as np

files = []


def dequantize_int8(q_tensor, scale, zero_point):
    while True:
        files.append(open(np.__file__))
