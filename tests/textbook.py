"""INT8 quantization as the textbook chapter computes it, mistakes included.

The benchmarks measure against it, and mutants are made of it. What is wrong here on purpose:
constants are erased, zero is left out of the range, the zero point is added before rounding, the
FP32 layer is kept, and calibration flattens every value into a Python list and is never used.
"""

import numpy as np

from tinytorch import Tensor

EPSILON = 1e-8


def choose(minimum, maximum):
    if abs(maximum - minimum) < EPSILON:
        return 1.0, 0
    scale = (maximum - minimum) / 255
    return scale, int(np.clip(np.round(-128 - minimum / scale), -128, 127))


def quantize_int8(tensor):
    data = tensor.data
    minimum, maximum = float(np.min(data)), float(np.max(data))
    if abs(maximum - minimum) < EPSILON:
        return Tensor(np.zeros_like(data, dtype=np.int8)), 1.0, 0
    scale, zero_point = choose(minimum, maximum)
    codes = np.clip(np.round(data / scale + zero_point), -128, 127).astype(np.int8)
    return Tensor(codes), scale, zero_point


def dequantize_int8(codes, scale, zero_point):
    return Tensor((codes.data.astype(np.float32) - zero_point) * scale)


class QuantizedLinear:
    def __init__(self, linear):
        self.original_layer = linear
        self.weight = quantize_int8(linear.weight)
        self.bias = None if linear.bias is None else quantize_int8(linear.bias)
        self.input_scale = self.input_zero_point = None

    def calibrate(self, samples):
        values = []
        for sample in samples:
            values.extend(sample.data.flatten())
        values = np.array(values)
        self.input_scale, self.input_zero_point = choose(
            float(np.min(values)), float(np.max(values))
        )

    def __call__(self, x):
        result = x.matmul(dequantize_int8(*self.weight))
        if self.bias is not None:
            result = Tensor(result.data + dequantize_int8(*self.bias).data)
        return result
