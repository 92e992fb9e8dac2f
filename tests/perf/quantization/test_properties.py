"""What holds for every finite float32 array, searched by Hypothesis."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tinytorch import GELU, Dropout, Linear, ReLU, Sequential, Sigmoid, Softmax, Tanh, Tensor
from tinytorch.perf.quantization import (
    choose_qparams,
    dequantize_int8,
    quantize_int8,
    quantize_model,
)

MAX = float(np.finfo(np.float32).max)

finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
# Arrays of one magnitude each, because extreme values would otherwise always come together.
magnitude = st.sampled_from([1e-45, 1e-40, 1e-37, 1e-20, 1.0, 1e20, 1e38, MAX])


@st.composite
def tensors(draw):
    limit = float(np.float32(draw(magnitude)))
    low = draw(st.sampled_from([-limit, 0.0, limit / 2]))
    elements = st.floats(float(np.float32(low)), limit, width=32)
    return draw(arrays(np.float32, array_shapes(max_dims=3, max_side=8), elements=elements))


def assert_round_trip(values):
    codes, scale, zero_point = quantize_int8(Tensor(values))
    restored = dequantize_int8(codes, scale, zero_point).data
    error = np.abs(restored.astype(np.float64) - values)
    ulp = np.abs(values) - np.nextafter(np.abs(values), np.float32(0))
    assert (error <= scale / 2 + ulp).all()
    assert (restored[values == 0] == 0).all()
    order = np.argsort(values, axis=None)
    assert (np.diff(codes.data.ravel()[order].astype(int)) >= 0).all()


@given(tensors())
@example(np.array([-MAX, MAX], dtype=np.float32))
@example(np.array([0, 1e-45], dtype=np.float32))
@example(np.full(3, MAX, dtype=np.float32))
@example(np.array([5, 9], dtype=np.float32))
@example(np.array([-1, 1], dtype=np.float32))
@settings(max_examples=400, deadline=None)
def test_every_value_comes_back_within_half_a_step_and_in_order(values):
    assert_round_trip(values)


@given(arrays(np.float32, st.integers(1, 50), elements=finite))
@settings(max_examples=200, deadline=None)
def test_values_of_any_mixture_of_magnitudes_come_back_too(values):
    assert_round_trip(values)


@given(
    st.integers(1, 100_000), st.integers(0, 2**32 - 1), st.integers(1, 3), st.booleans(), magnitude
)
@settings(max_examples=40, deadline=None)
def test_sizes_up_to_100000_and_any_strides_come_back(size, seed, stride, backwards, limit):
    values = np.random.default_rng(seed).uniform(-1, 1, size * stride).astype(np.float32)
    with np.errstate(under="ignore"):
        values *= np.float32(limit)
    view = values[::-stride] if backwards else values[::stride]
    assert_round_trip(view)
    codes, scale, zero_point = quantize_int8(Tensor(view))
    copied = quantize_int8(Tensor(view.copy()))
    assert (codes.data == copied[0].data).all()
    assert (scale, zero_point) == copied[1:]


@given(arrays(np.float32, (4, 3, 5), elements=st.floats(-8, 8, width=32)))
@settings(max_examples=50, deadline=None)
def test_transposed_and_broadcast_views_have_the_codes_of_their_copies(values):
    for view in (values.T, values[:, ::2, ::-1], np.broadcast_to(values[:1], values.shape)):
        assert (
            quantize_int8(Tensor(view))[0].data == quantize_int8(Tensor(view.copy()))[0].data
        ).all()


@given(finite, finite)
@settings(max_examples=500, deadline=None)
def test_zero_always_has_a_code_of_its_own(a, b):
    scale, zero_point = choose_qparams(min(a, b), max(a, b))
    assert 0 < scale < np.inf
    assert -128 <= zero_point <= 127
    # The values of the smallest and the largest code lie half a step from the range, at most.
    low, high = min(a, b, 0.0), max(a, b, 0.0)
    if low < high:
        assert abs((-128 - zero_point) * scale - low) <= scale * 0.501
        assert abs((127 - zero_point) * scale - high) <= scale * 0.501


@given(st.floats(width=32, min_value=0, exclude_min=True, max_value=MAX))
@settings(max_examples=500, deadline=None)
def test_a_symmetric_range_always_has_zero_point_zero(width):
    assert choose_qparams(-width, width)[1] == 0


@given(finite)
@settings(max_examples=300, deadline=None)
def test_a_constant_comes_back_to_a_millionth(constant):
    values = np.full(4, constant, dtype=np.float32)
    restored = dequantize_int8(*quantize_int8(Tensor(values))).data.astype(np.float64)
    assert restored == pytest.approx(values.astype(np.float64), rel=1e-6, abs=0)


@given(
    st.lists(st.sampled_from([ReLU, Sigmoid, Tanh, GELU, Softmax, Dropout]), max_size=4),
    st.integers(1, 3), st.integers(0, 2**32 - 1), st.sampled_from(["per_tensor", "per_channel"]),
)  # fmt: skip
def test_networks_with_any_activations_keep_their_outputs(kinds, axes, seed, granularity):
    rng = np.random.default_rng(seed)
    layers = [Linear(7, 7, rng=rng)]
    for kind in kinds:
        layers += [kind(), Linear(7, 7, rng=rng)]
    model = Sequential(*layers)
    x = Tensor(rng.normal(size=(*rng.integers(1, 5, axes), 7)))
    exact = model(x).data
    quantize_model(model, [x], granularity=granularity, bias="float32")
    assert model(x).shape == exact.shape
    assert np.abs(model(x).data - exact).max() <= 0.1 * len(layers) * max(np.abs(exact).max(), 0.1)
