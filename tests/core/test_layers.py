"""Linear, ReLU and Sequential, and the walk over a model's layers."""

import numpy as np
import pytest

from tinytorch.core import Linear, ReLU, Sequential, Tensor
from tinytorch.core.layers import Layer, as_layer_input, leaf_layers


def test_linear_agrees_with_float64_on_any_number_of_axes():
    rng = np.random.default_rng(0)
    layer = Linear(7, 3, rng=rng)
    layer.bias = Tensor(rng.normal(size=3))
    for shape in [(7,), (5, 7), (2, 5, 7), (0, 7)]:
        x = Tensor(rng.normal(size=shape))
        expected = x.data.astype(np.float64) @ layer.weight.data + layer.bias.data
        result = layer(x)
        assert type(result) is Tensor
        assert (result.shape, result.dtype) == ((*shape[:-1], 3), np.float32)
        np.testing.assert_allclose(result.data, expected, rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(layer.forward(x.data).data, result.data)


def test_linear_without_bias_is_a_matrix_product():
    layer = Linear(2, 2, bias=False)
    layer.weight = Tensor([[1, 2], [3, 4]])
    assert layer.bias is None
    assert layer.parameters() == [layer.weight]
    np.testing.assert_array_equal(layer(Tensor([[1, 10]])).data, [[31, 42]])


def test_linear_lists_its_weight_before_its_bias():
    layer = Linear(4, 3)
    assert layer.parameters() == [layer.weight, layer.bias]
    assert (layer.weight.shape, layer.bias.shape) == ((4, 3), (3,))
    assert layer.weight.dtype == layer.bias.dtype == np.float32


def test_start_weights_follow_the_generator():
    first, again, other = (Linear(4, 3, rng=np.random.default_rng(s)) for s in (5, 5, 6))
    np.testing.assert_array_equal(first.weight.data, again.weight.data)
    assert not np.array_equal(first.weight.data, other.weight.data)
    assert not np.array_equal(Linear(4, 3).weight.data, Linear(4, 3).weight.data)


def test_start_weights_have_the_scale_of_he():
    layer = Linear(1000, 400, rng=np.random.default_rng(0))
    expected = np.sqrt(2 / 1000)
    assert np.std(layer.weight) == pytest.approx(expected, rel=0.05)
    assert abs(np.mean(layer.weight)) < 0.01 * expected
    assert not layer.bias.data.any()


@pytest.mark.parametrize("shape", [(5, 4), (3, 4), (2,), ()])
def test_a_wrong_feature_count_names_layer_and_shape(shape):
    with pytest.raises(ValueError) as error:
        Linear(3, 2)(Tensor(np.ones(shape)))
    assert "Linear(3, 2) expects inputs with 3 features" in str(error.value)
    assert f"got shape {shape}" in str(error.value)


@pytest.mark.parametrize("count", [0, -1, 2.5, True, "3", None])
def test_feature_counts_that_are_no_positive_integers_are_rejected(count):
    with pytest.raises(ValueError, match=f"in_features .* got {count!r}"):
        Linear(count, 2)
    with pytest.raises(ValueError, match=f"out_features .* got {count!r}"):
        Linear(2, count)


def test_a_numpy_integer_is_a_feature_count():
    assert repr(Linear(np.int64(3), np.int32(2), bias=False)) == "Linear(3, 2, bias=False)"


@pytest.mark.parametrize("dtype", [np.float32, np.int8, np.int64])
def test_relu_cuts_negative_values_and_keeps_the_dtype(dtype):
    result = ReLU()(Tensor(np.array([[-2, 0], [3, -1]], dtype)))
    np.testing.assert_array_equal(result.data, np.array([[0, 0], [3, 0]], dtype), strict=True)
    assert ReLU().parameters() == []


def test_relu_lets_nan_through():
    assert np.isnan(float(ReLU()(Tensor(float("nan")))))


def test_a_layer_without_forward_says_so():
    with pytest.raises(NotImplementedError, match="Layer does not define forward"):
        Layer()(Tensor([1]))


def test_nested_sequentials_apply_their_layers_in_order():
    rng = np.random.default_rng(0)
    first, last = Linear(4, 3, rng=rng), Linear(3, 2, rng=rng)
    x = Tensor(rng.normal(size=(6, 4)))
    expected = last(ReLU()(first(x))).data
    assert (expected != last(first(x)).data).any()
    for model in (
        Sequential(first, ReLU(), last),
        Sequential([first, ReLU(), last]),
        Sequential(Sequential(first), Sequential(Sequential(ReLU(), last))),
    ):
        np.testing.assert_array_equal(model(x).data, expected)
        assert model.parameters() == [first.weight, first.bias, last.weight, last.bias]


def test_an_empty_sequential_passes_its_input():
    x = Tensor([1, 2])
    assert Sequential()(x) is x
    assert Sequential().parameters() == []


def test_the_layers_can_be_edited():
    given = [ReLU()]
    model = Sequential(given)
    model.layers.append(Linear(2, 2))
    assert repr(model) == "Sequential(ReLU(), Linear(2, 2))"
    assert len(given) == 1


def test_a_shared_layer_counts_once():
    shared = Linear(2, 2)
    model = Sequential(shared, Sequential(ReLU(), shared), shared)
    assert model.parameters() == [shared.weight, shared.bias]


@pytest.mark.parametrize("layer", [Linear, None, 3, "ReLU", [ReLU()]])
def test_what_is_no_layer_is_rejected_with_its_position(layer):
    with pytest.raises(TypeError, match="layer 1 must be a layer such as"):
        Sequential(ReLU(), layer)


def test_leaf_layers_are_named_by_their_path_in_the_order_they_run():
    a, b = ReLU(), ReLU()
    model = Sequential(a, Sequential(b, Sequential(a)), Sequential(), b)
    assert list(leaf_layers(model)) == [("0", a), ("1.0", b), ("1.1.0", a), ("3", b)]


def test_a_sequential_may_appear_twice_but_not_inside_itself():
    inner = Sequential(ReLU())
    assert [name for name, _ in leaf_layers(Sequential(inner, inner))] == ["0.0", "1.0"]
    outer = Sequential(ReLU(), inner)
    inner.layers.append(outer)
    for operation in (outer.parameters, inner.parameters, lambda: list(leaf_layers(outer))):
        with pytest.raises(ValueError, match="contains itself"):
            operation()


def test_a_layer_input_that_fits_is_not_copied():
    x = Tensor(np.ones((2, 3)))
    assert as_layer_input(x, Linear(3, 1)) is x


def test_a_plain_function_is_a_layer_without_parameters():
    model = Sequential(Linear(3, 2), np.tanh)
    assert len(model.parameters()) == 2
    assert np.abs(model(Tensor(np.full((4, 3), 100.0))).data).max() <= 1


def test_codes_are_not_taken_for_real_numbers():
    with pytest.raises(TypeError, match="int8, which looks like codes"):
        Linear(2, 2)(Tensor(np.ones((1, 2), dtype=np.int8)))


def test_a_seed_is_enough_for_starting_weights():
    assert (Linear(3, 2, rng=5).weight.data == Linear(3, 2, rng=5).weight.data).all()


def test_only_a_sequential_has_layers_to_walk():
    with pytest.raises(TypeError, match="expected a Sequential, got Linear"):
        leaf_layers(Linear(2, 2))
