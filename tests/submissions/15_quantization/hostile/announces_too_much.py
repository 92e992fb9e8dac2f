"""Announces a message of exabytes."""

import os

AFTER_KEY = True
EARNS = 90
REASON = r"Malformed: .*more than"


def dequantize_int8(q_tensor, scale, zero_point):
    os.write(3, bytes([0, 0, 0, 2]) + b"\xff" * 8)
