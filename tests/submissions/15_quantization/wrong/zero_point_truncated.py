"""The zero point is cut off by int() where it should be rounded."""

EXERCISE = "quantize_int8"
MESSAGE = r"zero point.*off by one: is it rounded"


def choose_qparams(minimum, maximum):
    minimum, maximum = min(minimum, 0.0), max(maximum, 0.0)
    if minimum == maximum:
        return 1.0, 0
    scale = (maximum - minimum) / 255
    return scale, int(np.clip(-128 - minimum / scale, -128, 127))
