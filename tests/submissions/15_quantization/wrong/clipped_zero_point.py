"""The chapter's code: a range without zero, whose zero point is clipped until it fits int8."""

EXERCISE = "quantize_int8"
MESSAGE = r"values from 5 to 9 came back as 4 .*zero is outside the range"


def choose_qparams(minimum, maximum):
    if minimum == maximum:
        return (abs(minimum) / 255 or 1.0), (-128 if minimum >= 0 else 127)
    scale = (maximum - minimum) / 255
    return scale, int(np.clip(np.rint(-128 - minimum / scale), -128, 127))
