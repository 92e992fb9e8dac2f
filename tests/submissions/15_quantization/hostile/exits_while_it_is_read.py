"""Ends its process when its cells are run, before any test."""

import os

EARNS = 0
REASON = r"exit code 7"

choose_qparams = quantize_int8 = dequantize_int8 = QuantizedLinear = os._exit(7)
quantize_model = analyze_model_sizes = q1_fp32_bytes = 0
