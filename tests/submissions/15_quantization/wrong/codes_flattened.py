"""Works on the flattened values and forgets to give the codes their shape."""

EXERCISE = "quantize_int8"
MESSAGE = r"Tensor of shape \(15,\); expected shape \(3, 5\)"


def quantize_int8(tensor):
    values = tensor.data.flatten().astype(np.float64)
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError("expected at least one value, all of them finite")
    scale, zero_point = choose_qparams(float(values.min()), float(values.max()))
    return Tensor(codes_of(values, scale, zero_point)), scale, zero_point
