"""Answers with lists in lists in lists."""

import os

AFTER_KEY = True
EARNS = 90
REASON = r"Malformed: .*nested|Malformed: .*recursion"


def dequantize_int8(q_tensor, scale, zero_point):
    document = b"[" * 90_000 + b"]" * 90_000
    os.write(3, len(document).to_bytes(4, "big") + bytes(8) + document)
