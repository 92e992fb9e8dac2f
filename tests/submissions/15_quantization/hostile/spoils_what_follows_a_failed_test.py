"""Sends what cannot be an array when it is told to forget, so that the failed test is forgotten."""

import json
import os
import struct

from tinytorch.core import Tensor
from tinytorch.grading.sandbox.inside.executor import Executor, pack, unpack

AFTER_KEY = True
EARNS = 93
KEEPS = 0
REASON = r"came back as|Malformed|it seems that|expected shape"

answer_first = Executor.answer


def forged(self, request):
    if unpack(request, self.resolve)["do"] != "clear":
        return answer_first(self, request)
    document = json.dumps({"dict": [["value", {"array": ["|i1", [0] + [1 << 26] * 3]}]]}).encode()
    os.write(3, struct.pack(">IQ", len(document), 0) + document)
    return pack({"value": None})


def dequantize_int8(q_tensor, scale, zero_point):
    Executor.answer = forged
    return Tensor(q_tensor.data * 17.0)
