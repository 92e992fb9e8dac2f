"""Makes the range reach as far below zero as above it, so that it holds zero."""

EXERCISE = "quantize_int8"
MESSAGE = r"should reach to zero, and no further"


def choose_qparams(minimum, maximum):
    if minimum > 0 or maximum < 0:
        minimum, maximum = -max(abs(minimum), abs(maximum)), max(abs(minimum), abs(maximum))
    if minimum == maximum:
        return 1.0, 0
    scale = (maximum - minimum) / 255
    return scale, int(np.clip(np.rint(-128 - minimum / scale), -128, 127))
