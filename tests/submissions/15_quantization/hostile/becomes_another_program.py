"""Replaces itself by a fresh interpreter."""

import os
import sys

AFTER_KEY = True
EARNS = 90
REASON = r"PermissionError|FileNotFoundError|Crashed|longer than"


def dequantize_int8(q_tensor, scale, zero_point):
    program = os.path.realpath(sys.executable or "/usr/bin/python3")
    os.execv(program, [program, "-c", "import time; time.sleep(60)"])
