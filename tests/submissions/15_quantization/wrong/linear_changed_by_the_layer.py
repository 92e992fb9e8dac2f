"""Rounds the weight of the Linear in place."""

EXERCISE = "QuantizedLinear"
ROW, POINTS = "The layer knows its features, and starts without calibration", 1
MESSAGE = r"making the layer changed the weight of the Linear"


_init = QuantizedLinear.__init__


def __init__(self, linear_layer):
    _init(self, linear_layer)
    weight = linear_layer.weight.data
    weight[:] = np.rint(weight / self.weight_scale) * self.weight_scale


QuantizedLinear.__init__ = __init__
