"""Sets a scale to start from before it finds out that there are no samples."""

EXERCISE = "calibrate"
MESSAGE = r"calibrate\(\[\]\) changed input_scale"

calibrate_samples = QuantizedLinear.calibrate


def calibrate(self, sample_inputs):
    self.input_scale, self.input_zero_point = 1.0, 0
    calibrate_samples(self, sample_inputs)


QuantizedLinear.calibrate = calibrate
