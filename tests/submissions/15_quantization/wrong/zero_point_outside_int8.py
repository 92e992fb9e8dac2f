"""Takes the range of the values as it is, and lets the zero point be any integer."""

EXERCISE = "quantize_int8"
MESSAGE = r"for values from 5 to 9; the range that it divides should reach to zero"


def choose_qparams(minimum, maximum):
    if minimum == maximum:
        return (abs(minimum) / 255 or 1.0), (-128 if minimum >= 0 else 127)
    scale = (maximum - minimum) / 255
    return scale, int(np.rint(-128 - minimum / scale))
