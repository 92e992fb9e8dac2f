"""Keeps the samples on the layer after calibrate."""

EXERCISE = "calibrate"
ROW, POINTS = "The samples stay as they were, and are not kept", 1
MESSAGE = r"over 60 % as many stay in use: .* what stores the samples"


def calibrate(self, sample_inputs):
    if not sample_inputs:
        raise ValueError("no samples")
    self.samples = sample_inputs
    low = min(float(x.data.min()) for x in sample_inputs)
    high = max(float(x.data.max()) for x in sample_inputs)
    self.input_scale, self.input_zero_point = choose_qparams(low, high)


QuantizedLinear.calibrate = calibrate
