"""Ends its own process by SIGKILL, as somebody outside might."""

import os
import signal

AFTER_KEY = True
EARNS = 90
REASON = r"PermissionError"


def dequantize_int8(q_tensor, scale, zero_point):
    os.kill(os.getpid(), signal.SIGKILL)
