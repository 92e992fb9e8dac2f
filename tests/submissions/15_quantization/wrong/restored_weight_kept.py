"""Restores the weight once, in the constructor, to save time in forward: FP32 is back in memory."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"still takes over 60 % .*keeps the weight as float32"


class QuantizedLinear(QuantizedLinear):
    def __init__(self, linear_layer):
        super().__init__(linear_layer)
        self.weight = dequantize_int8(self.q_weight, self.weight_scale, self.weight_zero_point)
