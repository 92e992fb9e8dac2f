"""Makes up a bias of zeros where the layer has none, which takes bytes for nothing."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"without bias should have q_bias None"


class QuantizedLinear(QuantizedLinear):
    def __init__(self, linear_layer):
        super().__init__(linear_layer)
        if self.q_bias is None:
            zeros = Tensor(np.zeros(self.out_features, np.float32))
            self.q_bias, self.bias_scale, self.bias_zero_point = quantize_int8(zeros)
