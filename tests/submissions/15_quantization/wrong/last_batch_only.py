"""Sets the input scale anew with every batch, so that the last one wins."""

EXERCISE = "calibrate"
MESSAGE = r"smallest input is in batch 1 of 5.*codes of the layer reach"


def calibrate(self, sample_inputs):
    if not sample_inputs:
        raise ValueError("calibrate needs at least one sample")
    for sample in sample_inputs:
        low, high = float(sample.data.min()), float(sample.data.max())
        self.input_scale, self.input_zero_point = choose_qparams(low, high)


QuantizedLinear.calibrate = calibrate
