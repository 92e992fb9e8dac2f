"""Compares the width of the range with 1e-8 in place of zero, which erases small tensors."""

EXERCISE = "quantize_int8"
MESSAGE = r"values of about 1e-09 came back as 0.*something small"


def choose_qparams(minimum, maximum):
    minimum, maximum = min(minimum, 0.0), max(maximum, 0.0)
    if abs(maximum - minimum) < 1e-8:
        return 1.0, 0
    scale = (maximum - minimum) / 255
    return scale, int(np.clip(np.rint(-128 - minimum / scale), -128, 127))
