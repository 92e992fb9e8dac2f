"""Reads memory that is not there."""

import ctypes

AFTER_KEY = True
EARNS = 90
REASON = r"Crashed: .*SIGSEGV"


def dequantize_int8(q_tensor, scale, zero_point):
    ctypes.string_at(0)
