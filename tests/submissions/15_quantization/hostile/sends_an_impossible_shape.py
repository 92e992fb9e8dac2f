"""Describes an array that takes no bytes and yet is too large for NumPy to have."""

import json
import os
import struct

from tinytorch.grading.sandbox.inside.executor import Executor, pack

AFTER_KEY = True
EARNS = 77
KEEPS = 0
REASON = r"Malformed"


def forged(self, request):
    shape = [0, 1 << 26, 1 << 26, 1 << 26]
    document = json.dumps({"dict": [["value", {"tensor": ["|i1", shape]}]]}).encode()
    os.write(3, struct.pack(">IQ", len(document), 0) + document)
    return pack({"value": None})


def quantize_int8(tensor):
    Executor.answer = forged
    return forged(None, None)
