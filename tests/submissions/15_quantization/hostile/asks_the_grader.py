"""Finds the channel to the grader, and asks for solutions as a stand-in would."""

import gc

from tinytorch.grading.sandbox.inside.channel import Channel
from tinytorch.grading.sandbox.inside.executor import Workshop

EARNS = 0
REASON = r"Malformed|refused|not defined|stand-in"


def ask(name, *values):
    desk = Workshop({})
    (own,) = [thing for thing in gc.get_objects() if isinstance(thing, Channel)]
    own.send({"ask": name, "arguments": [desk.encode(value) for value in values]})
    answer = own.receive()
    if "error" in answer:
        raise ValueError(f"refused: {answer}")
    return desk.decode(answer["value"])


def choose_qparams(low, high):
    return ask("choose_qparams", low, high)


def quantize_int8(tensor):
    return ask("quantize_int8", tensor)


def dequantize_int8(q_tensor, scale, zero_point):
    return ask("dequantize_int8", q_tensor, scale, zero_point)
