"""Rounds half-way cases away from zero, as C does, for codes and zero points."""


def away_from_zero(values):
    return np.sign(values) * np.floor(np.abs(values) + 0.5)


def choose_qparams(minimum, maximum):
    minimum, maximum = min(minimum, 0.0), max(maximum, 0.0)
    if minimum == maximum:
        return 1.0, 0
    scale = (maximum - minimum) / 255
    return scale, int(np.clip(away_from_zero(-128 - minimum / scale), -128, 127))


def codes_of(values, scale, zero_point):
    return np.clip(away_from_zero(values / scale) + zero_point, -128, 127).astype(np.int8)
