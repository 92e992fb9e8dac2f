"""Keeps the last input on the layer."""

EXERCISE = "QuantizedLinear"
ROW, POINTS = "The memory of the FP32 weight is really freed, and no input is kept", 3
MESSAGE = r"does the layer store its input"


_forward = QuantizedLinear.forward


def forward(self, x):
    self.last_input = x
    return _forward(self, x)


QuantizedLinear.forward = forward
