"""Computes all of it in float32, scale and zero point too."""

ONE = np.float32(1)


def choose_qparams(minimum, maximum):
    low, high = np.minimum(np.float32(minimum), 0 * ONE), np.maximum(np.float32(maximum), 0 * ONE)
    if low == high:
        return ONE, 0
    scale = (high - low) / (255 * ONE)
    return scale, int(np.clip(np.rint(-128 * ONE - low / scale), -128, 127))


def codes_of(values, scale, zero_point):
    quotients = values.astype(np.float32) / np.float32(scale)
    return np.clip(np.rint(quotients) + np.float32(zero_point), -128, 127).astype(np.int8)


def quantize_int8(tensor):
    values = tensor.data
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError("expected at least one value, all of them finite")
    scale, zero_point = choose_qparams(values.min(), values.max())
    return Tensor(codes_of(values, scale, zero_point)), scale, zero_point


def dequantize_int8(q_tensor, scale, zero_point):
    steps = q_tensor.data.astype(np.float32) - np.float32(zero_point)
    return Tensor(steps * np.float32(scale))
