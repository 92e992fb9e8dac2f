"""Checks for NaN alone, so that infinity makes an infinite scale."""

EXERCISE = "quantize_int8"
MESSAGE = r"a tensor with infinity should raise a ValueError"


def quantize_int8(tensor):
    values = tensor.data.astype(np.float64)
    if values.size == 0 or np.isnan(values).any():
        raise ValueError("expected at least one value, none of them NaN")
    scale, zero_point = choose_qparams(float(values.min()), float(values.max()))
    return Tensor(codes_of(values, scale, zero_point)), scale, zero_point
