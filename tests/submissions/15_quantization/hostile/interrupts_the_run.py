"""Raises KeyboardInterrupt, which would end a run of pytest."""

AFTER_KEY = True
EARNS = 90
REASON = r"KeyboardInterrupt"


def dequantize_int8(q_tensor, scale, zero_point):
    raise KeyboardInterrupt
