"""np.rint returns a float, which looks like an integer."""

EXERCISE = "quantize_int8"
MESSAGE = r"zero point is the float .*should be an int"


def choose_qparams(minimum, maximum):
    minimum, maximum = min(minimum, 0.0), max(maximum, 0.0)
    if minimum == maximum:
        return 1.0, 0.0
    scale = (maximum - minimum) / 255
    return scale, float(np.clip(np.rint(-128 - minimum / scale), -128, 127))
