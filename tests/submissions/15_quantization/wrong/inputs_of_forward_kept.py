"""Keeps the last input on the layer."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"does the layer store its input"


_forward = QuantizedLinear.forward


def forward(self, x):
    self.last_input = x
    return _forward(self, x)


QuantizedLinear.forward = forward
