"""Raises exceptions that carry the names of pytest's own: skipping is not passing."""

AFTER_KEY = True
EARNS = 90
REASON = r"Skipped|Exit"


class Skipped(BaseException):
    pass


def dequantize_int8(q_tensor, scale, zero_point):
    raise Skipped("not today")
