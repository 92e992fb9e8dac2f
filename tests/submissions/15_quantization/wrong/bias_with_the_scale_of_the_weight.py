"""Quantizes the bias with the weight's scale and zero point, beyond which it saturates."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"do not stand for the layer's bias: it has a range of its own"


class QuantizedLinear(QuantizedLinear):
    def __init__(self, linear_layer):
        super().__init__(linear_layer)
        if linear_layer.bias is not None:
            self.bias_scale, self.bias_zero_point = self.weight_scale, self.weight_zero_point
            codes = codes_of(linear_layer.bias.data, self.bias_scale, self.bias_zero_point)
            self.q_bias = Tensor(codes)
