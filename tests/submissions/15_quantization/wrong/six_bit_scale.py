"""Divides the range into 63 steps, as if codes had six bits."""

EXERCISE = "quantize_int8"
MESSAGE = r"cuts that range into 63 steps"


def choose_qparams(minimum, maximum):
    minimum, maximum = min(minimum, 0.0), max(maximum, 0.0)
    if minimum == maximum:
        return 1.0, 0
    scale = (maximum - minimum) / 63
    return scale, int(np.clip(np.rint(-128 - minimum / scale), -128, 127))
