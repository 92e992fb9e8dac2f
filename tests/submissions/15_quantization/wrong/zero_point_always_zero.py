"""The right scale, but code 0 for the value 0 whatever the range."""

EXERCISE = "quantize_int8"
MESSAGE = r"zero point is 0 .*smallest value does not get the smallest code"


def choose_qparams(minimum, maximum):
    minimum, maximum = min(minimum, 0.0), max(maximum, 0.0)
    if minimum == maximum:
        return 1.0, 0
    return (maximum - minimum) / 255, 0
