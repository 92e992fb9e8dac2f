"""Uses codes from 0 to 255, as many engines do for activations."""

EXERCISE = "quantize_int8"
MESSAGE = r"dtype uint8, which starts at 0"


def quantize_int8(tensor):
    values = tensor.data.astype(np.float64)
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError("expected at least one value, all of them finite")
    scale, zero_point = choose_qparams(float(values.min()), float(values.max()))
    codes = np.clip(np.rint(values / scale) + zero_point + 128, 0, 255).astype(np.uint8)
    return Tensor(codes), scale, zero_point + 128
