"""Loops over Python numbers, with no arithmetic of NumPy."""

import math


def quantize_int8(tensor):
    numbers = tensor.data.flatten().tolist()
    if not numbers:
        raise ValueError("no values")
    for number in numbers:
        if math.isnan(number) or math.isinf(number):
            raise ValueError("not finite")
    scale, zero_point = choose_qparams(min(numbers), max(numbers))
    codes = [code_of(number, scale, zero_point) for number in numbers]
    return Tensor(np.array(codes, dtype=np.int8).reshape(tensor.shape)), scale, zero_point


def choose_qparams(minimum, maximum):
    if minimum > 0:
        minimum = 0.0
    if maximum < 0:
        maximum = 0.0
    if minimum == 0 and maximum == 0:
        return 1.0, 0
    scale = (maximum - minimum) / 255
    return scale, max(-128, min(127, round(-128 - minimum / scale)))


def code_of(number, scale, zero_point):
    code = round(number / scale) + zero_point
    return -128 if code < -128 else 127 if code > 127 else code


def dequantize_int8(q_tensor, scale, zero_point):
    numbers = [(code - zero_point) * scale for code in q_tensor.data.flatten().tolist()]
    return Tensor(np.array(numbers, dtype=np.float32).reshape(q_tensor.shape))


def calibrate(self, sample_inputs):
    low = high = None
    for sample in sample_inputs:
        for number in sample.data.flatten().tolist():
            low = number if low is None or number < low else low
            high = number if high is None or number > high else high
    if low is None:
        raise ValueError("no samples")
    self.input_scale, self.input_zero_point = choose_qparams(low, high)


def quantize_input(self, x):
    if self.input_scale is None:
        return x
    scale, zero_point = self.input_scale, self.input_zero_point
    numbers = x.data.flatten().tolist()
    codes = [code_of(number, scale, zero_point) for number in numbers]
    back = [(code - zero_point) * scale for code in codes]
    return Tensor(np.array(back, dtype=np.float32).reshape(x.shape))


def forward(self, x):
    x = self.quantize_input(x)
    weight = dequantize_int8(self.q_weight, self.weight_scale, self.weight_zero_point)
    weight_rows = weight.data.tolist()
    bias = [0.0] * self.out_features
    if self.q_bias is not None:
        bias = dequantize_int8(self.q_bias, self.bias_scale, self.bias_zero_point).data.tolist()
    rows = []
    for row in x.data.reshape(-1, self.in_features).tolist():
        sums = list(bias)
        for number, weights in zip(row, weight_rows, strict=True):
            if number:  # most pixels are 0, and add nothing
                sums = [total + number * w for total, w in zip(sums, weights, strict=True)]
        rows.append(sums)
    shape = (*x.shape[:-1], self.out_features)
    return Tensor(np.array(rows, dtype=np.float32).reshape(shape))


QuantizedLinear.calibrate = calibrate
QuantizedLinear.quantize_input = quantize_input
QuantizedLinear.forward = forward
