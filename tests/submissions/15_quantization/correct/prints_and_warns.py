"""Prints what it does and emits warnings, everywhere."""

import sys
import warnings


def talkative(function):
    def talking(*arguments):
        print("now", function.__name__, arguments)
        print("still here", file=sys.stderr)
        warnings.warn(f"{function.__name__} is called", stacklevel=2)
        np.array([1.0]) / np.array([0.0])
        return function(*arguments)

    return talking


choose_qparams = talkative(choose_qparams)
quantize_int8 = talkative(quantize_int8)
dequantize_int8 = talkative(dequantize_int8)
quantize_model = talkative(quantize_model)
analyze_model_sizes = talkative(analyze_model_sizes)
for name in ("__init__", "forward", "calibrate", "quantize_input", "memory_usage"):
    setattr(QuantizedLinear, name, talkative(getattr(QuantizedLinear, name)))
