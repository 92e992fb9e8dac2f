"""Starts a shell in the background."""

import subprocess

AFTER_KEY = True
EARNS = 90
REASON = r"PermissionError|BlockingIOError|FileNotFoundError"


def dequantize_int8(q_tensor, scale, zero_point):
    subprocess.Popen(["/bin/sh", "-c", "sleep 3600 &"])
