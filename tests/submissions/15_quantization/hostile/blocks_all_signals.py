"""Blocks every signal and never answers."""

import signal

AFTER_KEY = True
EARNS = 90
REASON = r"longer than"


def dequantize_int8(q_tensor, scale, zero_point):
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
    while True:
        pass
