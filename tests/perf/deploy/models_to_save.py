"""Models of every kind that can be saved, and all that one is, to be compared."""

import numpy as np

from tinytorch.core.layers import (
    GELU,
    Dropout,
    Flatten,
    Layer,
    Linear,
    ReLU,
    Sequential,
    Sigmoid,
    Softmax,
    Tanh,
)
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization import quantize_model
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


def per_channel(bias="float32", tiny=False):
    layer = linear()
    if tiny:
        layer.weight.data[:, 1] *= 1e-42
    made = QuantizedLinear(layer, granularity="per_channel", bias=bias)
    made.set_input_range(-1.0, 2.0)
    return made


def tied(bias="int8"):
    """Two layers with one weight, and a third with the bias of the second."""
    model = Sequential(linear(), ReLU(), linear(), linear())
    model.layers[2].weight = model.layers[0].weight
    model.layers[3].bias = model.layers[2].bias
    if bias:
        quantize_model(model, bias=bias)
    return model


def activations():
    return Sequential(Flatten(), linear(), GELU(), Dropout(0.25), Sigmoid(), Tanh(), Softmax())


NEW_IN_2 = ("per channel", "per channel, tiny", "float32 bias", "activations", "tied fp32",
            "tied int8", "tied float32 bias")  # fmt: skip
MODELS = {
    "per channel": lambda: Sequential(per_channel("int8"), ReLU(), per_channel("float32")),
    "per channel, tiny": lambda: Sequential(per_channel(tiny=True)),
    "float32 bias": lambda: Sequential(QuantizedLinear(linear(), bias="float32")),
    "activations": activations,
    "tied fp32": lambda: tied(bias=None),
    "tied int8": tied,
    "tied float32 bias": lambda: tied("float32"),
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
    numbers, tensors = {}, {}

    def walk(item):
        if isinstance(item, Tensor):
            number = tensors.setdefault(id(item), len(tensors))
            return number, item.dtype.str, item.shape, item.data.tobytes()
        if isinstance(item, Sequential):
            return [walk(layer) for layer in item.layers]
        if isinstance(item, np.ndarray):
            return item.dtype.str, item.tobytes()
        if not isinstance(item, Layer):
            return type(item), item
        values = {name: walk(value) for name, value in vars(item).items() if name != "_rng"}
        return numbers.setdefault(id(item), len(numbers)), type(item), values

    return walk(model)
