"""Returns in silence when there are no samples."""

EXERCISE = "calibrate"
MESSAGE = r"calibrate\(\[\]\) should raise a ValueError, but nothing was raised"

calibrate_samples = QuantizedLinear.calibrate


def calibrate(self, sample_inputs):
    if sample_inputs:
        calibrate_samples(self, sample_inputs)


QuantizedLinear.calibrate = calibrate
