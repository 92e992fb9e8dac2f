"""Forgets that others ask the layer for its features."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"in_features"

right_init = QuantizedLinear.__init__


def init(self, linear_layer):
    right_init(self, linear_layer)
    del self.in_features, self.out_features


QuantizedLinear.__init__ = init
