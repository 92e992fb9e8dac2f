"""Hangs up, and goes on by itself."""

import os

AFTER_KEY = True
EARNS = 90
REASON = r"Crashed.*closed the connection"


def dequantize_int8(q_tensor, scale, zero_point):
    os.close(3)
    while True:
        pass
