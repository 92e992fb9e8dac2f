"""The chapter's special case: equal values get scale 1 and codes 0, which stand for 0."""

EXERCISE = "quantize_int8"
MESSAGE = r"values are all 0\.1 came back as 0"


def quantize_int8(tensor):
    values = tensor.data.astype(np.float64)
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError("expected at least one value, all of them finite")
    if values.min() == values.max():
        return Tensor(np.zeros(values.shape, np.int8)), 1.0, 0
    scale, zero_point = choose_qparams(float(values.min()), float(values.max()))
    return Tensor(codes_of(values, scale, zero_point)), scale, zero_point
