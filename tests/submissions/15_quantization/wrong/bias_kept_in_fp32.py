"""Leaves the bias in float32, because it is small; the lesson asks for its codes."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"q_bias has dtype float32"


class QuantizedLinear(QuantizedLinear):
    def __init__(self, linear_layer):
        super().__init__(linear_layer)
        if linear_layer.bias is not None:
            self.q_bias, self.bias_scale, self.bias_zero_point = linear_layer.bias, 1.0, 0
