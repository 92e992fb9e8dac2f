"""Rounds half-way cases up, as taught at school, for codes and zero points."""

import math


def choose_qparams(minimum, maximum):
    minimum, maximum = min(minimum, 0.0), max(maximum, 0.0)
    if minimum == maximum:
        return 1.0, 0
    scale = (maximum - minimum) / 255
    return scale, min(127, max(-128, math.floor(-128 - minimum / scale + 0.5)))


def codes_of(values, scale, zero_point):
    return np.clip(np.floor(values / scale + 0.5) + zero_point, -128, 127).astype(np.int8)
