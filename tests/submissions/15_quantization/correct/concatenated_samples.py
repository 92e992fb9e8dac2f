"""Calibrates with all samples in one array, quantized by exercise 1."""


def calibrate(self, sample_inputs):
    everything = np.concatenate([sample.data.ravel() for sample in sample_inputs])
    _, self.input_scale, self.input_zero_point = quantize_int8(Tensor(everything))


QuantizedLinear.calibrate = calibrate
