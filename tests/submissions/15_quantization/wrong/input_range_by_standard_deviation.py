"""Takes mean and three standard deviations for the range, as if inputs were Gaussian."""

EXERCISE = "calibrate"
MESSAGE = r"after one batch: the inputs range from .* codes of the layer reach"


def calibrate(self, sample_inputs):
    if not sample_inputs:
        raise ValueError("calibrate needs at least one sample")
    values = np.concatenate([sample.data.ravel() for sample in sample_inputs])
    mean, deviation = float(values.mean()), float(values.std())
    low, high = mean - 3 * deviation, mean + 3 * deviation
    self.input_scale, self.input_zero_point = choose_qparams(low, high)


QuantizedLinear.calibrate = calibrate
