"""Models of every kind that can be saved, and all that one is, to be compared."""

import numpy as np

from tinytorch.core.layers import Linear, ReLU, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization.linear import QuantizedLinear


def linear(size=4, bias=True):
    layer = Linear(size, size, bias, rng=np.random.default_rng(0))
    if bias:
        layer.bias = Tensor(np.random.default_rng(1).standard_normal(size))
    return layer


def quantized(bias=True, calibrated=False, size=4):
    layer = QuantizedLinear(linear(size, bias))
    if calibrated:
        layer.set_input_range(-1.0, 2.0)
    return layer


def unusual():
    """A transposed weight, so not contiguous, that holds every odd kind of float32."""
    layer = Linear(3, 2)
    layer.weight = Tensor(np.array([[np.nan, -0.0, 1e-45], [np.inf, -np.inf, 3]], np.float32).T)
    return layer


def shared():
    first, second = linear(), quantized()
    return Sequential(first, Sequential(second, first), second, ReLU(), second)


def wrapped(levels):
    return Sequential(wrapped(levels - 1) if levels else linear())


MODELS = {
    "empty": Sequential,
    "fp32": lambda: Sequential(linear(), ReLU(), linear(bias=False), unusual()),
    "int8 weight-only": lambda: Sequential(quantized(), ReLU(), quantized(bias=False)),
    "int8 calibrated": lambda: Sequential(quantized(True, True), quantized(False, True)),
    "nested": lambda: Sequential(Sequential(), linear(), Sequential(Sequential(ReLU()), ReLU())),
    "nested 64 deep": lambda: wrapped(64),
    "shared": shared,
}


def state(model):
    """All that a model is: nesting, types, bits, scales; a shared layer keeps its number."""
    numbers = {}

    def walk(item):
        if isinstance(item, Tensor):
            return item.dtype.str, item.shape, item.data.tobytes()
        if isinstance(item, Sequential):
            return [walk(layer) for layer in item.layers]
        if not isinstance(item, (Linear, QuantizedLinear, ReLU)):
            return type(item), item
        values = {name: walk(value) for name, value in vars(item).items()}
        return numbers.setdefault(id(item), len(numbers)), type(item), values

    return walk(model)
