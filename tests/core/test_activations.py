"""Activations equal their definitions, in any shape, and refuse codes."""

import math

import numpy as np
import pytest

from tinytorch import GELU, Dropout, Flatten, Linear, ReLU, Sequential, Sigmoid, Softmax, Tanh
from tinytorch.core import Tensor, activations

VALUES = np.concatenate(
    [np.linspace(-20, 20, 401), [-1e30, -100.0, 0.0, 1e-30, 100.0, 1e30]]
).astype(np.float32)
DEFINITIONS = {
    ReLU: lambda x: max(x, 0.0),
    Sigmoid: lambda x: 1 / (1 + math.exp(-x)) if x > -700 else 0.0,
    Tanh: math.tanh,
    GELU: lambda x: x * 0.5 * math.erfc(-x / math.sqrt(2)),
}


@pytest.mark.parametrize("kind", DEFINITIONS)
def test_activations_equal_their_definitions(kind):
    expected = np.array([DEFINITIONS[kind](float(x)) for x in VALUES], dtype=np.float32)
    result = kind()(Tensor(VALUES))
    assert result.dtype == np.float32
    np.testing.assert_allclose(result.data, expected, rtol=3e-7, atol=1e-7)


@pytest.mark.parametrize("kind", [*DEFINITIONS, Softmax, Dropout])
@pytest.mark.parametrize("shape", [(3,), (0, 3), (2, 3), (2, 1, 3, 2)])
def test_activations_keep_the_shape_and_have_no_parameters(kind, shape):
    layer = kind()
    assert layer(Tensor(np.ones(shape))).shape == shape
    assert layer(np.ones(shape, np.float32)).shape == shape
    assert layer.parameters() == []
    assert getattr(activations, kind.__name__, kind) is kind


@pytest.mark.parametrize("kind", [Sigmoid, Tanh, GELU, Softmax, Dropout, Flatten])
def test_codes_are_no_real_numbers(kind):
    with pytest.raises(TypeError, match="got int8, which looks like codes"):
        kind()(Tensor(np.zeros((2, 2), np.int8)))


def test_softmax_is_a_distribution_along_the_last_axis():
    x = np.random.default_rng(0).normal(scale=30, size=(4, 5, 6))
    result = Softmax()(Tensor(x)).data
    np.testing.assert_allclose(result.sum(axis=-1), 1, rtol=1e-6)
    powers = np.exp(np.float32(x).astype(np.float64))
    np.testing.assert_allclose(result, powers / powers.sum(axis=-1, keepdims=True), 1e-5, 1e-40)
    assert np.array_equal(Softmax()(Tensor([[3e38, -3e38]])).data, [[1, 0]])


@pytest.mark.parametrize("layer", [Softmax(), Flatten()])
def test_a_single_number_has_no_axis(layer):
    with pytest.raises(ValueError, match=r"axis.*, got shape \(\)"):
        layer(Tensor(1.0))


def test_dropout_does_nothing_at_inference_and_keeps_sums_in_training():
    x = Tensor(np.ones((100, 1000)))
    assert Dropout(0.9)(x) is x
    dropped = Dropout(0.25, rng=0).forward(x, training=True).data
    assert 0.245 < np.mean(dropped == 0) < 0.255
    assert np.unique(dropped).tolist() == [0, np.float32(1 / 0.75)]
    assert Dropout(0.0).forward(x, training=True).data.tolist() == x.data.tolist()
    for p in (1, -0.1, float("nan")):
        with pytest.raises(ValueError, match="p must be from 0 up to but not including 1"):
            Dropout(p)


def test_flatten_puts_samples_in_rows():
    x = Tensor(np.arange(24).reshape(2, 3, 4))
    assert Flatten()(x).data.tolist() == x.data.reshape(2, 12).tolist()
    assert Flatten()(Tensor(np.zeros((0, 3, 4)))).shape == (0, 12)
    assert Flatten()(Tensor(np.zeros(3))).shape == (3, 1)
    model = Sequential(Flatten(), Linear(12, 5), GELU(), Dropout(), Softmax())
    assert model(x).shape == (2, 5)
    assert repr(model) == "Sequential(Flatten(), Linear(12, 5), GELU(), Dropout(0.5), Softmax())"
