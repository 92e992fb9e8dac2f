"""Takes the code below every value, in the belief that a cast is as good as rounding."""

EXERCISE = "quantize_int8"
MESSAGE = r"on average down.*how values are rounded"


def quantize_int8(tensor):
    values = tensor.data.astype(np.float64)
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError("expected at least one value, all of them finite")
    scale, zero_point = choose_qparams(float(values.min()), float(values.max()))
    codes = np.clip(np.floor(values / scale) + zero_point, -128, 127)
    return Tensor(codes.astype(np.int8)), scale, zero_point
