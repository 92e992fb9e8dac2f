"""All zeros are returned as the smallest code, with a zero point that stands for something else."""

EXERCISE = "quantize_int8"
MESSAGE = r"zeros got code -128, which does not stand for zero"


def quantize_int8(tensor):
    values = tensor.data.astype(np.float64)
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError("expected at least one value, all of them finite")
    scale, zero_point = choose_qparams(float(values.min()), float(values.max()))
    if not values.any():
        return Tensor(np.full(values.shape, -128, np.int8)), scale, zero_point
    return Tensor(codes_of(values, scale, zero_point)), scale, zero_point
