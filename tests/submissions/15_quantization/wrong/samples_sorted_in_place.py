"""Sorts the values of the samples where they are."""

EXERCISE = "calibrate"
ROW, POINTS = "The samples stay as they were, and are not kept", 1
MESSAGE = r"the list of samples is another one"


def calibrate(self, sample_inputs):
    if not sample_inputs:
        raise ValueError("no samples")
    low, high = np.inf, -np.inf
    for x in sample_inputs:
        x.data.sort(axis=None) if x.data.ndim == 1 else x.data.sort()
        low, high = min(low, x.data[..., 0].min()), max(high, x.data[..., -1].max())
    self.input_scale, self.input_zero_point = choose_qparams(float(low), float(high))


QuantizedLinear.calibrate = calibrate
