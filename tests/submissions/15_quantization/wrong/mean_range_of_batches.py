"""Averages the ranges of the batches, where an extreme of one batch must not saturate."""

EXERCISE = "calibrate"
MESSAGE = r"smallest input is in batch 1 of 5.*codes of the layer reach"


def calibrate(self, sample_inputs):
    if not sample_inputs:
        raise ValueError("calibrate needs at least one sample")
    low = np.mean([sample.data.min() for sample in sample_inputs])
    high = np.mean([sample.data.max() for sample in sample_inputs])
    self.input_scale, self.input_zero_point = choose_qparams(float(low), float(high))


QuantizedLinear.calibrate = calibrate
