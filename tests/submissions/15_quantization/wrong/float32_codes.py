"""Rounds and clips, but never casts: the "int8" codes take four bytes each."""

EXERCISE = "quantize_int8"
MESSAGE = r"codes have dtype float32, so each takes 4 bytes"


def quantize_int8(tensor):
    values = tensor.data.astype(np.float64)
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError("expected at least one value, all of them finite")
    scale, zero_point = choose_qparams(float(values.min()), float(values.max()))
    codes = np.clip(np.rint(values / scale) + zero_point, -128, 127)
    return Tensor(codes), scale, zero_point
