"""Takes the samples out of the caller's list."""

EXERCISE = "calibrate"
ROW, POINTS = "The samples stay as they were, and are not kept", 1
MESSAGE = r"the list of samples is another one"


def calibrate(self, sample_inputs):
    if not sample_inputs:
        raise ValueError("no samples")
    low, high = np.inf, -np.inf
    while sample_inputs:
        values = sample_inputs.pop().data
        low, high = min(low, values.min()), max(high, values.max())
    self.input_scale, self.input_zero_point = choose_qparams(float(low), float(high))


QuantizedLinear.calibrate = calibrate
