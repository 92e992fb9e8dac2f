"""Stops its own process by SIGSTOP."""

import os
import signal

AFTER_KEY = True
EARNS = 95
REASON = r"PermissionError"


def analyze_model_sizes(original, quantized):
    os.kill(os.getpid(), signal.SIGSTOP)
