"""Starts a thread that writes to the grader by itself."""

import os
import threading

AFTER_KEY = True
EARNS = 90
REASON = r"can't start new thread"


def dequantize_int8(q_tensor, scale, zero_point):
    threading.Thread(target=lambda: os.write(3, b"x"), daemon=True).start()
