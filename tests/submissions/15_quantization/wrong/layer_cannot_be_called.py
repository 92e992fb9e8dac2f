"""Has a forward, and no __call__: layer(x) is an error."""

EXERCISE = "QuantizedLinear"
MESSAGE = r"QuantizedLinear.__call__|not callable"


del QuantizedLinear.__call__
