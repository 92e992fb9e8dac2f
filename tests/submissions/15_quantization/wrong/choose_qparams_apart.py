"""Writes choose_qparams for a range that holds zero, and the right thing in quantize_int8 alone."""

EXERCISE = "quantize_int8"
MESSAGE = r"choose_qparams\(5.*does it hold zero"

right_qparams = choose_qparams


def choose_qparams(minimum, maximum):
    scale = (maximum - minimum) / 255 or 1.0
    return scale, int(np.clip(np.rint(-128 - minimum / scale), -128, 127))


def quantize_int8(tensor):
    values = tensor.data.astype(np.float64)
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError("expected at least one value, all of them finite")
    scale, zero_point = right_qparams(float(values.min()), float(values.max()))
    return Tensor(codes_of(values, scale, zero_point)), scale, zero_point


def calibrate(self, sample_inputs):
    inputs = [sample.data.ravel() for sample in sample_inputs]
    if not inputs:
        raise ValueError("no samples")
    values = np.concatenate(inputs)
    self.input_scale, self.input_zero_point = right_qparams(values.min(), values.max())


QuantizedLinear.calibrate = calibrate
