"""The sign of the zero point is turned around."""

EXERCISE = "quantize_int8"
MESSAGE = r"smallest value does not get the smallest code"


def choose_qparams(minimum, maximum):
    minimum, maximum = min(minimum, 0.0), max(maximum, 0.0)
    if minimum == maximum:
        return 1.0, 0
    scale = (maximum - minimum) / 255
    return scale, int(np.clip(-np.rint(-128 - minimum / scale), -128, 127))
