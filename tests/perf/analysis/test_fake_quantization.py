"""Fake quantization against a plain derivation, one slice at a time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinytorch import Linear, ReLU, Sequential, Tensor
from tinytorch.perf.analysis import fake_quantize, simulate
from tinytorch.perf.quantization import dequantize_int8, quantize_int8, quantize_model


def rounded(values, bits, symmetric):
    """One tensor to the grid of its own range, in float64."""
    low, high = min(values.min(), 0.0), max(values.max(), 0.0)
    lowest, highest = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    if symmetric:
        lowest, high = -highest, max(-low, high)
        low = -high
    scale = np.float64(np.float32((high - low) / (highest - lowest)))
    zero = 0.0 if symmetric else np.rint(lowest - low * (highest - lowest) / (high - low))
    return (np.clip(np.rint(values / scale) + zero, lowest, highest) - zero) * scale


@given(st.integers(2, 8), st.booleans(), st.sampled_from([None, 0, 1, 2, -1]), st.integers(0, 99))
@settings(max_examples=100, deadline=None)
def test_every_slice_along_the_axis_has_its_own_grid(bits, symmetric, axis, seed):
    values = np.random.default_rng(seed).normal(0.3, 1, (3, 4, 5)).astype(np.float32)
    result = fake_quantize(values, bits, symmetric, axis)
    assert result.dtype == np.float32
    slices = [(values, result)]
    if axis is not None:
        slices = zip(np.moveaxis(values, axis, 0), np.moveaxis(result, axis, 0), strict=True)
    for before, after in slices:
        np.testing.assert_allclose(after, rounded(before.astype(float), bits, symmetric), rtol=1e-6)
        assert len(np.unique(after)) <= 2**bits - symmetric


def test_eight_bits_per_tensor_are_what_int8_gives():
    values = np.random.default_rng(0).normal(size=(50, 40)).astype(np.float32)
    restored = dequantize_int8(*quantize_int8(Tensor(values))).data
    np.testing.assert_allclose(fake_quantize(values), restored, rtol=1e-6)


def test_all_zero_and_zero_channels_stay_zero():
    values = np.array([[0.0, 1.0], [0.0, 2.0]], dtype=np.float32)
    for symmetric in (False, True):
        assert fake_quantize(np.zeros(3), symmetric=symmetric).tolist() == [0, 0, 0]
        assert fake_quantize(values, 8, symmetric, axis=1)[:, 0].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"bits": 1}, "bits must be an integer from 2 to 8, got 1"),
        ({"bits": 9}, "bits must be an integer from 2 to 8, got 9"),
        ({"bits": 4.0}, "bits must be an integer from 2 to 8, got 4.0"),
        ({"axis": 2}, r"axis 2 does not exist in shape \(2, 3\)"),
        ({"axis": -3}, r"axis -3 does not exist"),
    ],
)
def test_arguments_outside_their_range_are_refused(arguments, part):
    with pytest.raises(ValueError, match=part):
        fake_quantize(np.ones((2, 3)), **arguments)


def test_values_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="fake_quantize: the array holds 1 NaN"):
        fake_quantize([np.nan])


def network():
    rng = np.random.default_rng(0)
    return Sequential(Linear(4, 8, rng=rng), Sequential(ReLU(), Linear(8, 3, rng=rng)))


def test_simulate_rounds_weights_and_leaves_the_model_alone():
    model = network()
    before = [parameter.data.copy() for parameter in model.parameters()]
    copy = simulate(model, 3)
    assert all((a == b.data).all() for a, b in zip(before, model.parameters(), strict=True))
    assert (copy.layers[0].weight.data == fake_quantize(before[0], 3)).all()
    assert (copy.layers[2].weight.data == fake_quantize(before[2], 3)).all()


def test_simulate_rounds_activations_over_the_range_of_the_fp32_model():
    model = network()
    data = [Tensor(np.random.default_rng(n).normal(size=(5, 4))) for n in range(3)]
    copy = simulate(model, 4, calibration_data=iter(data))
    x = np.concatenate([batch.data for batch in data])
    hidden = np.maximum(model.layers[0](Tensor(x)).data, 0)
    first, second = copy.layers[0], copy.layers[3]
    assert (first.minimum, first.maximum) == (x.min(), x.max())
    assert (second.minimum, second.maximum) == (hidden.min(), hidden.max())
    np.testing.assert_allclose(first(Tensor(x)).data, rounded(x.astype(float), 4, False), rtol=1e-6)


def test_simulate_can_quantize_one_layer_only():
    model = network()
    copy = simulate(model, 2, only="1.1")
    assert copy.layers[0] is model.layers[0]
    assert (copy.layers[2].weight.data == fake_quantize(model.layers[1].layers[1].weight, 2)).all()
    with pytest.raises(ValueError, match=r"no Linear '7', only \['0', '1.1'\]"):
        simulate(model, 2, only="7")


def test_simulate_copies_the_bias():
    model = network()
    simulate(model, 8).layers[0].bias.data[:] = 7
    assert not (model.layers[0].bias.data == 7).any()


def test_simulate_needs_the_fp32_model():
    model = network()
    quantize_model(model)
    for wrong in (model, Sequential(ReLU())):
        with pytest.raises(ValueError, match="simulate needs an FP32 model with Linear layers"):
            simulate(wrong, 2)


def test_the_largest_numbers_do_not_overflow():
    largest = np.finfo(np.float32).max
    assert np.isfinite(fake_quantize([largest, -largest])).all()


class Block:
    def __init__(self):
        self.inner = Linear(3, 3)

    def __call__(self, x):
        return self.inner(x)


def test_a_linear_in_a_block_is_not_left_out_in_silence():
    model = Sequential(Linear(3, 3), Block())
    with pytest.raises(ValueError, match=r"would leave Linear\(3, 3\), which is at '1.inner', in"):
        simulate(model, bits=4)
