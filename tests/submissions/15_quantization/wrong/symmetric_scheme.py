"""Has as many codes below zero as above it, as the chapter's word symmetric suggests."""

EXERCISE = "quantize_int8"
ROW, POINTS = "the scale is the width of a step between neighbouring codes", 11
MESSAGE = r"the largest magnitude over 127: that is symmetric"


def choose_qparams(minimum, maximum):
    largest = max(abs(minimum), abs(maximum))
    return (largest / 127, 0) if largest else (1.0, 0)
