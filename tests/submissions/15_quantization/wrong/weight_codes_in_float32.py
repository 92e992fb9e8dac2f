"""Stores the codes of the weight as float32, as the field's own version does."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"q_weight has dtype float32, so a weight takes 4 bytes"


class QuantizedLinear(QuantizedLinear):
    def __init__(self, linear_layer):
        super().__init__(linear_layer)
        self.q_weight = Tensor(self.q_weight.data.astype(np.float32))
