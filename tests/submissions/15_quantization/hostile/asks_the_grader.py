"""Finds the channel to the grader, and asks for solutions as a proxy would."""

import gc

from tinytorch.grading.sandbox.inside.channel import Channel
from tinytorch.grading.sandbox.inside.codec import pack, unpack

EARNS = 0
REASON = r"Malformed|refused|not defined|a proxy"


def ask(name, *values):
    (own,) = [thing for thing in gc.get_objects() if isinstance(thing, Channel)]
    own.send(pack({"ask": name, "arguments": list(values)}))
    answer = unpack(own.receive())
    if "error" in answer:
        raise ValueError(f"refused: {answer}")
    return answer["value"]


def choose_qparams(low, high):
    return ask("choose_qparams", low, high)


def quantize_int8(tensor):
    return ask("quantize_int8", tensor)


def dequantize_int8(q_tensor, scale, zero_point):
    return ask("dequantize_int8", q_tensor, scale, zero_point)
