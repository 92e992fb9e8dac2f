"""The zero point of unsigned codes, which often is no int8 code at all."""

EXERCISE = "quantize_int8"
MESSAGE = r"zero point is 1\d\d, which is no int8 code"


def choose_qparams(minimum, maximum):
    minimum, maximum = min(minimum, 0.0), max(maximum, 0.0)
    if minimum == maximum:
        return 1.0, 0
    scale = (maximum - minimum) / 255
    return scale, int(np.rint(-minimum / scale))
