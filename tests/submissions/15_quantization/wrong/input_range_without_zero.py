"""The chapter's calibrate: a range that does not hold zero, whose zero point is clipped."""

EXERCISE = "calibrate"
MESSAGE = r"zero lies below the range"


def calibrate(self, sample_inputs):
    if not sample_inputs:
        raise ValueError("calibrate needs at least one sample")
    low = min(float(sample.data.min()) for sample in sample_inputs)
    high = max(float(sample.data.max()) for sample in sample_inputs)
    self.input_scale = (high - low) / 255
    # Not clipped, the zero point lies beyond the int8 codes, and inputs near zero saturate.
    self.input_zero_point = int(np.rint(-128 - low / self.input_scale))


QuantizedLinear.calibrate = calibrate
