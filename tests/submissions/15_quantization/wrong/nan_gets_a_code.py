"""Ignores NaN when looking for the range, so that its code is whatever a cast makes of it."""

EXERCISE = "quantize_int8"
MESSAGE = r"a tensor with NaN should raise a ValueError"


def quantize_int8(tensor):
    values = tensor.data.astype(np.float64)
    if values.size == 0 or np.isinf(values).any():
        raise ValueError("expected at least one value, none of them infinite")
    scale, zero_point = choose_qparams(float(np.nanmin(values)), float(np.nanmax(values)))
    return Tensor(codes_of(np.nan_to_num(values), scale, zero_point)), scale, zero_point
