"""Leaves links to files of the grader, and files without permissions."""

import os

AFTER_KEY = True
EARNS = 90
REASON = r"RuntimeError.*left"


def dequantize_int8(q_tensor, scale, zero_point):
    for number, target in enumerate(("/etc/passwd", "/", "..", "/proc/self/root")):
        os.symlink(target, f"link {number}")
    os.mkdir("closed")
    os.mkfifo("pipe")
    os.chmod("closed", 0)
    raise RuntimeError("left links, a pipe and a closed folder")
