"""Uses the names of the weight's scale and zero point for the bias too, which overwrites them."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"do not stand for the layer's weight"


class QuantizedLinear(QuantizedLinear):
    def __init__(self, linear_layer):
        super().__init__(linear_layer)
        if self.q_bias is not None:
            self.weight_scale, self.weight_zero_point = self.bias_scale, self.bias_zero_point
