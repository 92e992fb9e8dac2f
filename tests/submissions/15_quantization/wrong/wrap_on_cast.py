"""Casts to int8 without clipping: half a step beyond 127 becomes -128."""

EXERCISE = "quantize_int8"
MESSAGE = r"wrapped around.*clipped"


def quantize_int8(tensor):
    values = tensor.data.astype(np.float64)
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError("expected at least one value, all of them finite")
    scale, zero_point = choose_qparams(float(values.min()), float(values.max()))
    codes = (np.floor(values / scale + 0.5) + zero_point).astype(np.int64).astype(np.int8)
    return Tensor(np.clip(codes, -128, 127)), scale, zero_point
