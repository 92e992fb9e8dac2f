"""Rounds down in a helper that exercise 4 uses as well: one mistake."""

EXERCISE = "quantize_int8"
MESSAGE = r"on average down"


def codes_of(values, scale, zero_point):
    return np.clip(np.floor(values / scale) + zero_point, -128, 127).astype(np.int8)
