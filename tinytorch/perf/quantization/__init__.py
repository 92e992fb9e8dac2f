"""INT8 post-training quantization: codes, scales, the quantized layer, whole models.

    quantize_model(model, calibration_data)   # every Linear becomes a QuantizedLinear
    analyze_model_sizes(original, model)      # the bytes before and after

`affine` has the arithmetic, `observers` and `calibration` find the ranges of inputs, `matmul`
multiplies by int8 weights, `weights` quantizes parameters, `linear` is the layer, `model` replaces
layers in a network, and `sizes` counts bytes.
"""

from tinytorch.perf.quantization.affine import (
    INT8_RANGE,
    choose_qparams,
    dequantize_int8,
    quantize_int8,
)
from tinytorch.perf.quantization.linear import QuantizedLinear
from tinytorch.perf.quantization.model import quantize_model
from tinytorch.perf.quantization.observers import MinMaxObserver, MSEObserver, PercentileObserver
from tinytorch.perf.quantization.sizes import BYTES_PER_FLOAT32, BYTES_PER_INT8, analyze_model_sizes
from tinytorch.perf.quantization.validation import INT8_MAX_VALUE, INT8_MIN_VALUE

__all__ = [
    "BYTES_PER_FLOAT32",
    "BYTES_PER_INT8",
    "INT8_MAX_VALUE",
    "INT8_MIN_VALUE",
    "INT8_RANGE",
    "MSEObserver",
    "MinMaxObserver",
    "PercentileObserver",
    "QuantizedLinear",
    "analyze_model_sizes",
    "choose_qparams",
    "dequantize_int8",
    "quantize_int8",
    "quantize_model",
]
