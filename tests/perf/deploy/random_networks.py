"""Random networks of every kind, which engines have to compute as we do."""

import itertools

import numpy as np

from tinytorch.core.layers import (
    GELU,
    Dropout,
    Flatten,
    Linear,
    ReLU,
    Sequential,
    Sigmoid,
    Softmax,
    Tanh,
)
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization import quantize_model


def network(seed, largest=1024):
    """A network of 1 to 6 layers, with ReLUs, with and without bias, nested; and its width."""
    rng = np.random.default_rng(seed)
    widths = np.rint(2 ** rng.uniform(0, np.log2(largest), rng.integers(2, 8))).astype(int)
    layers = []
    for inputs, outputs in itertools.pairwise(widths):
        layer = Linear(int(inputs), int(outputs), bias=bool(rng.integers(2)), rng=rng)
        if layer.bias is not None:
            layer.bias = Tensor(rng.normal(size=outputs))
        layers += [layer, ReLU()] if rng.integers(2) else [Sequential(layer)]
    return Sequential(*layers), int(widths[0]), rng


def quantized(model, width, rng, **choices):
    quantize_model(model, [Tensor(rng.normal(size=(50, width)))], **choices)
    return model


def shape_of(axes, width, rng):
    """Lengths of the axes of an input."""
    return *(int(length) for length in rng.integers(1, 5, axes - 1)), width


def any_network(seed, only_exact=True):
    """One of 1 to 6 layers, quantized in any way; its calibrated inputs; its number of axes."""
    rng = np.random.default_rng(seed)
    widths = np.rint(2 ** rng.uniform(0, 8, rng.integers(2, 8))).astype(int)
    axes = int(rng.integers(2, 5))
    between = [ReLU, Dropout] if only_exact else [Sigmoid, Tanh, GELU, Softmax, ReLU, Dropout]
    layers = [Flatten()] if axes == 2 and rng.integers(2) else []
    for inputs, outputs in itertools.pairwise(widths):
        layer = Linear(int(inputs), int(outputs), bias=bool(rng.integers(2)), rng=rng)
        if layer.bias is not None:
            layer.bias = Tensor(rng.normal(size=outputs))
        layers.append(layer)
        if rng.integers(2):
            layers.append(between[rng.integers(len(between))]())
    model = Sequential(*layers)
    data = rng.normal(size=(20, *shape_of(axes, int(widths[0]), rng)[1:]))
    quantize_model(
        model, [Tensor(data)],
        granularity=("per_tensor", "per_channel")[rng.integers(2)],
        bias=("int8", "float32")[rng.integers(2)],
    )  # fmt: skip
    return model, axes, int(widths[0]), rng
