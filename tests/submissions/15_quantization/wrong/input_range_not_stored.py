"""Computes scale and zero point in local variables, and returns them."""

EXERCISE = "calibrate"
MESSAGE = r"after calibrate, input_scale is still None"


def calibrate(self, sample_inputs):
    if not sample_inputs:
        raise ValueError("calibrate needs at least one sample")
    low = min(float(sample.data.min()) for sample in sample_inputs)
    high = max(float(sample.data.max()) for sample in sample_inputs)
    input_scale, input_zero_point = choose_qparams(low, high)
    return input_scale, input_zero_point


QuantizedLinear.calibrate = calibrate
