"""What the textbook project's users and tests write runs here, with the right values."""

import copy

import numpy as np
import pytest

from tinytorch.core.activations import GELU, ReLU, Sigmoid, Softmax, Tanh
from tinytorch.core.layers import Dropout, Linear, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization import (
    BYTES_PER_FLOAT32,
    BYTES_PER_INT8,
    INT8_MAX_VALUE,
    INT8_MIN_VALUE,
    INT8_RANGE,
    QuantizedLinear,
    analyze_model_sizes,
    dequantize_int8,
    quantize_int8,
    quantize_model,
)


def test_constants():
    assert (INT8_MIN_VALUE, INT8_MAX_VALUE, INT8_RANGE) == (-128, 127, 256)
    assert (BYTES_PER_FLOAT32, BYTES_PER_INT8) == (4, 1)


@pytest.mark.parametrize(
    "values", [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[2.0, 2.0], [2.0, 2.0]], [[-1.0, 0.0, 3.0]]]
)
def test_a_tensor_goes_there_and_back(values):
    tensor = Tensor(values)
    q_tensor, scale, zero_point = quantize_int8(tensor)
    assert q_tensor.data.dtype == np.int8
    assert q_tensor.data.min() >= INT8_MIN_VALUE
    assert q_tensor.data.max() <= INT8_MAX_VALUE
    assert isinstance(scale, float)
    assert isinstance(zero_point, int)
    restored = dequantize_int8(q_tensor, scale, zero_point)
    rounding = np.spacing(np.abs(tensor.data).max())
    assert np.max(np.abs(tensor.data - restored.data)) <= scale / 2 + rounding


def test_a_layer():
    original = Linear(4, 3)
    original.weight = Tensor(np.random.default_rng(0).normal(size=(4, 3)) * 0.5)
    original.bias = Tensor(np.random.default_rng(1).normal(size=3) * 0.1)
    layer = QuantizedLinear(original)
    x = Tensor(np.random.default_rng(2).normal(size=(2, 4)))
    exact, output = original.forward(x), layer.forward(x)
    assert output.shape == exact.shape == layer(x).shape
    assert np.mean(np.abs(exact.data - output.data)) < 0.05
    usage = layer.memory_usage()
    assert usage["original_bytes"] == BYTES_PER_FLOAT32 * 15
    assert usage["quantized_bytes"] == BYTES_PER_INT8 * 15 + 2 * 8
    layer.calibrate([Tensor(np.random.default_rng(n).normal(size=(1, 4))) for n in range(5)])
    assert layer.input_scale is not None
    assert layer.input_zero_point is not None


def test_a_model_from_the_chapter():
    rng = np.random.default_rng(0)
    model = Sequential(Linear(8, 16, rng=rng), ReLU(), Dropout(0.1), Linear(16, 3, rng=rng))
    original = copy.deepcopy(model)
    data = [Tensor(rng.normal(size=(1, 8))) for _ in range(20)]
    x = data[0]
    before = model.forward(x)
    quantize_model(model, calibration_data=data)
    assert isinstance(model.layers[0], QuantizedLinear)
    assert isinstance(model.layers[3], QuantizedLinear)
    assert np.abs(before.data - model.forward(x).data).max() < 0.1 * np.abs(before.data).max()
    sizes = analyze_model_sizes(original, model)
    assert sizes["original_params"] == sizes["quantized_params"] == 8 * 16 + 16 + 16 * 3 + 3
    assert sizes["compression_ratio"] > 3


class SimpleModel:
    """A model as upstream's tests write it: layers, and a forward that calls them."""

    def __init__(self, *layers):
        self.layers = list(layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def __call__(self, x):
        return self.forward(x)

    def parameters(self):
        return [tensor for layer in self.layers for tensor in layer.parameters()]


@pytest.mark.parametrize("activation", [ReLU, Sigmoid, Tanh, GELU, Softmax])
def test_a_model_of_ones_own(activation):
    model = SimpleModel(Linear(6, 8, rng=0), activation(), Linear(8, 2, rng=1))
    original, x = copy.deepcopy(model), Tensor(np.random.default_rng(0).normal(size=(30, 6)))
    quantize_model(model, [x])
    assert [type(layer).__name__ for layer in model.layers[::2]] == ["QuantizedLinear"] * 2
    error = model(x).data - original(x).data
    assert np.square(error).sum() < 1e-3 * np.square(original(x).data).sum()
    assert analyze_model_sizes(original, model)["compression_ratio"] > 2
