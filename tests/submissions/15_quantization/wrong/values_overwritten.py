"""Divides in place, which changes the Tensor that was given."""

EXERCISE = "quantize_int8"
MESSAGE = r"Tensor that was given has changed"


def quantize_int8(tensor):
    values = tensor.data
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError("expected at least one value, all of them finite")
    scale, zero_point = choose_qparams(float(values.min()), float(values.max()))
    values /= scale
    codes = np.clip(np.rint(values) + zero_point, -128, 127).astype(np.int8)
    return Tensor(codes), scale, zero_point
