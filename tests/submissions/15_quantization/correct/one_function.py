"""Everything of exercise 1 in one function, which uses neither choose_qparams nor a helper."""


def quantize_int8(tensor):
    x = tensor.data
    if x.size == 0 or not np.all(np.isfinite(x)):
        raise ValueError("cannot quantize this tensor")
    lo = min(float(x.min()), 0.0)
    hi = max(float(x.max()), 0.0)
    s = (hi - lo) / 255 if hi > lo else 1.0
    z = round(-128 - lo / s) if hi > lo else 0
    return Tensor((np.rint(x / s) + z).clip(-128, 127).astype("int8")), s, z


def calibrate(self, sample_inputs):
    extremes = [f(sample.data) for sample in sample_inputs for f in (np.min, np.max)]
    _, self.input_scale, self.input_zero_point = quantize_int8(Tensor(np.array(extremes)))


def quantize_input(self, x):
    if self.input_scale is None:
        return x
    low = (-128 - self.input_zero_point) * self.input_scale
    high = (127 - self.input_zero_point) * self.input_scale
    return Tensor(np.rint(x.data.clip(low, high) / self.input_scale) * self.input_scale)


QuantizedLinear.calibrate = calibrate
QuantizedLinear.quantize_input = quantize_input
del codes_of
