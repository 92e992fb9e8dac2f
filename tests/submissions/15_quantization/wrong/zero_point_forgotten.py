"""Divides and rounds, and never adds the zero point to the codes."""

EXERCISE = "quantize_int8"
MESSAGE = r"does a value of 0.0 get the zero point"


def quantize_int8(tensor):
    values = tensor.data.astype(np.float64)
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError("expected at least one value, all of them finite")
    scale, zero_point = choose_qparams(float(values.min()), float(values.max()))
    codes = np.clip(np.rint(values / scale), -128, 127).astype(np.int8)
    return Tensor(codes), scale, zero_point
