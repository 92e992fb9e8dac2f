"""Cuts the decimals off towards zero, because that is what a cast to integers does."""

EXERCISE = "quantize_int8"
MESSAGE = r"steps from their values.*how values are rounded"


def codes_rounded(values, scale, zero_point):
    return np.clip(np.trunc(values / scale) + zero_point, -128, 127).astype(np.int8)


def quantize_int8(tensor):
    values = tensor.data.astype(np.float64)
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError("expected at least one value, all of them finite")
    scale, zero_point = choose_qparams(float(values.min()), float(values.max()))
    return Tensor(codes_rounded(values, scale, zero_point)), scale, zero_point
