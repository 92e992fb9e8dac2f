"""Ends its process with exit code 0 in place of an answer."""

import os

AFTER_KEY = True
EARNS = 77
REASON = r"Crashed: the process ended itself \(exit code 0\)"


def quantize_int8(tensor):
    os._exit(0)
