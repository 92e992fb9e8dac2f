"""Imports the library's own solution, under all its names."""

from tinytorch.grading.reference import ask
from tinytorch.grading.stand_ins import _right_layer
from tinytorch.perf import quantization
from tinytorch.perf.quantization import *  # noqa: F403

EARNS = 0
REASON = r"not defined"

QuantizedLinear = _right_layer(None, ask)
choose_qparams = quantization.choose_qparams
quantize_model = quantization.quantize_model
