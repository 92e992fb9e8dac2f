"""Multiplies by the reciprocal of the scale, as PyTorch does."""


def codes_of(values, scale, zero_point):
    codes = np.rint(values * (1 / scale))
    codes += zero_point
    return np.clip(codes, -128, 127).astype(np.int8)
