"""Returns an object whose class has a name of 90,000 characters."""

AFTER_KEY = True
EARNS = 90
REASON = r"an object of type xxx"


def dequantize_int8(q_tensor, scale, zero_point):
    return type("x" * 90_000, (), {})()
