"""Takes the largest magnitude for both ends of the range, which wastes codes."""

EXERCISE = "calibrate"
MESSAGE = r"after one batch: the inputs range from .* codes of the layer reach"


def calibrate(self, sample_inputs):
    if not sample_inputs:
        raise ValueError("calibrate needs at least one sample")
    largest = max(float(np.abs(sample.data).max()) for sample in sample_inputs)
    self.input_scale, self.input_zero_point = choose_qparams(-largest, largest)


QuantizedLinear.calibrate = calibrate
