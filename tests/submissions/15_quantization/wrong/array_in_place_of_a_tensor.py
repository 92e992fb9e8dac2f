"""Returns the codes as a NumPy array, and forgets the Tensor around them."""

EXERCISE = "quantize_int8"
MESSAGE = r"a NumPy array where a Tensor was expected"


def quantize_int8(tensor):
    values = tensor.data.astype(np.float64)
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError("expected at least one value, all of them finite")
    scale, zero_point = choose_qparams(float(values.min()), float(values.max()))
    return codes_of(values, scale, zero_point), scale, zero_point
