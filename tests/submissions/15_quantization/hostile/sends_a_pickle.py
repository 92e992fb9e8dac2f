"""Answers with an array of objects, which only a pickle could carry."""

import os
import pickle
import struct

AFTER_KEY = True
EARNS = 90
REASON = r"Malformed: .*an array of a dtype that is not allowed"


class Payload:
    def __reduce__(self):
        return os.system, ("touch owned",)


def dequantize_int8(q_tensor, scale, zero_point):
    content = pickle.dumps(Payload())
    document = b'{"dict": [["value", {"tensor": ["|O8", [1]]}]]}'
    os.write(3, struct.pack(">IQ", len(document), len(content)) + document + content)
