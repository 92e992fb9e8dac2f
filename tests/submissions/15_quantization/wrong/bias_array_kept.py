"""Keeps the FP32 bias besides its codes, to be exact later."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"keeps the bias as float32"

right_init = QuantizedLinear.__init__


def init(self, linear_layer):
    right_init(self, linear_layer)
    self.exact_bias = linear_layer.bias


QuantizedLinear.__init__ = init
