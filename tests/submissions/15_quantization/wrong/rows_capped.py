"""Looks at the first 1000 rows of every batch only, to save time."""

EXERCISE = "calibrate"
MESSAGE = r"row 2,901 of batch 151"


def calibrate(self, sample_inputs):
    if not sample_inputs:
        raise ValueError("calibrate needs at least one sample")
    low = min(float(sample.data[:1000].min()) for sample in sample_inputs)
    high = max(float(sample.data[:1000].max()) for sample in sample_inputs)
    self.input_scale, self.input_zero_point = choose_qparams(low, high)


QuantizedLinear.calibrate = calibrate
