"""Calibrates with the first batch, taking the list of batches for a batch."""

EXERCISE = "calibrate"
MESSAGE = r"largest in batch 5.*codes of the layer reach"


def calibrate(self, sample_inputs):
    if not sample_inputs:
        raise ValueError("calibrate needs at least one sample")
    values = sample_inputs[0].data
    self.input_scale, self.input_zero_point = choose_qparams(
        float(values.min()), float(values.max())
    )


QuantizedLinear.calibrate = calibrate
