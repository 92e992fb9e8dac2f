"""Looks at the first 100 batches only, because the chapter says that 100 are enough."""

EXERCISE = "calibrate"
MESSAGE = r"extremes are in batch 141 and"


def calibrate(self, sample_inputs):
    if not sample_inputs:
        raise ValueError("calibrate needs at least one sample")
    values = np.concatenate([sample.data.ravel() for sample in sample_inputs[:100]])
    self.input_scale, self.input_zero_point = choose_qparams(
        float(values.min()), float(values.max())
    )


QuantizedLinear.calibrate = calibrate
