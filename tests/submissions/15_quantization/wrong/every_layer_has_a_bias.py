"""Quantizes the bias without asking whether there is one."""

EXERCISE = "QuantizedLinear"
MESSAGE = (
    r"AttributeError at `.*data.*` in quantize_int8, called by `self.q_bias.* in __init__: .*None"
)


class QuantizedLinear(QuantizedLinear):
    def __init__(self, linear_layer):
        super().__init__(linear_layer)
        self.q_bias, self.bias_scale, self.bias_zero_point = quantize_int8(linear_layer.bias)
