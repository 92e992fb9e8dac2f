"""A symmetric split: one helper class knows how to quantize and how to restore."""


class Quantizer:
    def __init__(self, scale=1.0, zero_point=0):
        self.scale, self.zero_point = scale, zero_point

    @classmethod
    def for_range(cls, minimum, maximum):
        width = max(maximum, 0.0) - min(minimum, 0.0)
        if width == 0:
            return cls()
        zero_point = round(255 * -min(minimum, 0.0) / width - 128)
        return cls(width / 255, zero_point)

    def quantized(self, values):
        steps = np.rint(values / self.scale) + self.zero_point
        return np.maximum(-128, np.minimum(127, steps)).astype(np.int8)

    def restored(self, codes):
        return (codes.astype(np.int32) - self.zero_point) * self.scale

    def simulated(self, values):
        return self.restored(self.quantized(values))


def choose_qparams(minimum, maximum):
    quantizer = Quantizer.for_range(minimum, maximum)
    return quantizer.scale, quantizer.zero_point


def quantize_int8(tensor):
    low, high = np.min(tensor.data), np.max(tensor.data)
    if not np.isfinite([low, high]).all():
        raise ValueError("expected finite values")
    quantizer = Quantizer.for_range(float(low), float(high))
    return Tensor(quantizer.quantized(tensor.data)), quantizer.scale, quantizer.zero_point


def dequantize_int8(q_tensor, scale, zero_point):
    return Tensor(Quantizer(scale, zero_point).restored(q_tensor.data))


def calibrate(self, sample_inputs):
    quantizer = Quantizer.for_range(
        min(float(sample.data.min()) for sample in sample_inputs),
        max(float(sample.data.max()) for sample in sample_inputs),
    )
    self.input_scale, self.input_zero_point = quantizer.scale, quantizer.zero_point


def quantize_input(self, x):
    if self.input_scale is not None:
        x = Tensor(Quantizer(self.input_scale, self.input_zero_point).simulated(x.data))
    return x


QuantizedLinear.calibrate = calibrate
QuantizedLinear.quantize_input = quantize_input
del codes_of
