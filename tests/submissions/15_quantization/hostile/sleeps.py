"""Waits for something that never comes, which takes no processor time."""

import time

AFTER_KEY = True
EARNS = 90
REASON = r"longer than"


def dequantize_int8(q_tensor, scale, zero_point):
    time.sleep(3600)
