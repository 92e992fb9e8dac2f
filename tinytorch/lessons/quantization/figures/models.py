"""What experiments take from students: the kinds of their functions, and a network made by them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.datasets import load_digits, load_digits_model

Quantize = Callable[[Tensor], tuple[Tensor, float, int]]
Dequantize = Callable[[Tensor, float, int], Tensor]
# A student's QuantizedLinear is not a subclass of the library's: only what exercises name is used.
MakeLayer = Callable[[Linear], Any]
QuantizeModel = Callable[..., None]
AnalyzeSizes = Callable[[Sequential, Sequential], Any]  # a ModelSizes, or a student's dict

CALIBRATION_IMAGES = 200


def quantized_copy(
    model: Sequential, quantize_model: QuantizeModel, samples: Iterable[Tensor] | None = None
) -> Sequential:
    """A copy of the model, changed by quantize_model, with samples if there are any."""
    result = copy.deepcopy(model)
    if samples is None:
        quantize_model(result)
    else:
        quantize_model(result, samples)
    return result


def digit_models(quantize_model: QuantizeModel) -> tuple[Sequential, Sequential]:
    """The shipped FP32 network, and a copy quantized with 200 training images."""
    samples = [load_digits().train_images[:CALIBRATION_IMAGES]]
    model = load_digits_model()
    return model, quantized_copy(model, quantize_model, samples)
