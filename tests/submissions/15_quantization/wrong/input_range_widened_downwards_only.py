"""Lets the range of the inputs begin at zero if need be, but never end there."""

EXERCISE = "calibrate"
MESSAGE = r"zero lies above the range"


def calibrate(self, sample_inputs):
    if not sample_inputs:
        raise ValueError("calibrate needs at least one sample")
    low = min(0.0, *(float(sample.data.min()) for sample in sample_inputs))
    high = max(float(sample.data.max()) for sample in sample_inputs)
    self.input_scale = (high - low) / 255
    self.input_zero_point = int(np.rint(-128 - low / self.input_scale))


QuantizedLinear.calibrate = calibrate
