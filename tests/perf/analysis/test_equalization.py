"""Rescaling and equalization: the same function, bit for bit, that quantizes otherwise."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinytorch import Linear, ReLU, Sequential, Tensor
from tinytorch.core.training import accuracy
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.perf.analysis import equalize, rescale_hidden_units, simulate

DIGITS = load_digits()


def network(widths, rng, bias=True, spread=0.0):
    layers = []
    for before, after in itertools.pairwise(widths):
        linear = Linear(before, after, bias=bias, rng=rng)
        linear.weight = Tensor(linear.weight.data * 10 ** rng.uniform(-spread, spread, after))
        if bias:
            linear.bias = Tensor(rng.normal(size=after))
        layers += [linear, ReLU()]
    return Sequential(*layers[:-1])


def ranges(model):
    first, second = model.layers[0], model.layers[2]
    return abs(first.weight.data).max(axis=0), abs(second.weight.data).max(axis=1)


@given(
    st.lists(st.integers(1, 12), min_size=3, max_size=6),
    st.integers(0, 2**32 - 1),
    st.booleans(),
    st.floats(0, 8),
)
@settings(max_examples=150, deadline=None)
def test_no_fp32_output_changes_by_a_single_bit(widths, seed, bias, spread):
    rng = np.random.default_rng(seed)
    model = network(widths, rng, bias, spread)
    x = Tensor(rng.normal(size=(20, widths[0])))
    expected = model(x).data
    for changed in (equalize(model), rescale_hidden_units(model, 1.5, seed)):
        assert (changed(x).data == expected).all()
    assert (model(x).data == expected).all()


def test_equalized_ranges_agree_to_a_factor_of_two():
    incoming, outgoing = ranges(equalize(network([9, 30, 7], np.random.default_rng(0), spread=3)))
    assert (np.maximum(incoming / outgoing, outgoing / incoming) <= 2).all()


def test_equalizing_twice_changes_nothing_more():
    once = equalize(network([9, 30, 20, 7], np.random.default_rng(0), spread=3))
    twice = equalize(once)
    for a, b in zip(once.parameters(), twice.parameters(), strict=True):
        assert (a.data == b.data).all()


def test_units_that_are_not_connected_are_left_alone():
    model = network([3, 2, 2], np.random.default_rng(0))
    model.layers[0].weight.data[:, 0] = 0
    model.layers[2].weight.data[1, :] = 0
    before = [parameter.data.copy() for parameter in model.parameters()]
    for a, b in zip(before, equalize(model).parameters(), strict=True):
        assert (a == b.data).all()


def test_a_factor_that_would_leave_float32_is_not_applied():
    # Unit 0 wants 2**50: its bias of 1e25 would overflow. Unit 1 wants 8, and gets it.
    model = network([1, 2, 1], np.random.default_rng(0))
    model.layers[0].weight = Tensor([[2.0**-90, 1.0]])
    model.layers[0].bias = Tensor([1e25, 0.0])
    model.layers[2].weight = Tensor([[2.0**10], [64.0]])
    x = Tensor([[1.0], [2.0]])
    equalized = equalize(model)
    assert equalized.layers[0].weight.data.tolist() == [[2.0**-90, 8.0]]
    assert (equalized(x).data == model(x).data).all()
    assert np.isfinite(rescale_hidden_units(model, 9)(x).data).all()


def test_nested_models_keep_their_nesting():
    model = load_digits_model()
    nested = Sequential(Sequential(*model.layers[:2]), Sequential(*model.layers[2:]))
    changed = rescale_hidden_units(nested)
    assert repr(changed) == repr(nested)
    assert (changed(DIGITS.test_images).data == model(DIGITS.test_images).data).all()


def test_a_layer_that_is_used_twice_is_not_rescaled():
    shared = Linear(3, 3)
    model = Sequential(shared, ReLU(), shared)
    with pytest.raises(ValueError, match="equalize needs Linear, ReLU, Linear"):
        equalize(model)


def test_without_a_pair_of_layers_there_is_nothing_to_rescale():
    for model in (Sequential(Linear(2, 2)), Sequential(Linear(2, 2), Linear(2, 2))):
        with pytest.raises(ValueError, match="needs Linear, ReLU, Linear"):
            rescale_hidden_units(model)
    with pytest.raises(ValueError, match="decades must lie from 0 to 9, got -1"):
        rescale_hidden_units(load_digits_model(), -1)


def test_three_fates_of_the_same_function():
    model, samples = load_digits_model(), [DIGITS.train_images[:100]]
    rescaled = rescale_hidden_units(model)

    def int8_accuracy(network, axis=None):
        simulated = simulate(network, 8, axis=axis, calibration_data=samples)
        return accuracy(simulated, DIGITS.test_images, DIGITS.test_labels)

    fp32 = accuracy(rescaled, DIGITS.test_images, DIGITS.test_labels)
    assert fp32 == accuracy(model, DIGITS.test_images, DIGITS.test_labels)
    per_tensor, per_channel = int8_accuracy(rescaled), int8_accuracy(rescaled, axis=1)
    assert per_tensor < 0.6
    assert per_tensor + 0.1 < per_channel < fp32 - 0.05
    assert int8_accuracy(equalize(rescaled)) >= fp32 - 0.004
