"""Leaves links to files of the grader, and files without permissions."""

import os
from contextlib import suppress

AFTER_KEY = True
EARNS = 90
REASON = r"RuntimeError.*left"


def dequantize_int8(q_tensor, scale, zero_point):
    for number, target in enumerate(("/etc/passwd", "/", "..", "/proc/self/root")):
        with suppress(OSError):
            os.symlink(target, f"link {number}")
    os.mkdir("closed", 0)
    with suppress(OSError):
        os.mkfifo("pipe")
    raise RuntimeError("left links, a pipe and a closed folder")
