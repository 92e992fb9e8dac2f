"""quantize_model is all or nothing: clear errors, and the model as it was before."""

import numpy as np
import pytest
from models import batches, network, state

from tinytorch import Linear, ReLU, Sequential, Tensor
from tinytorch.perf.quantization import quantize_model


def test_forward_is_left_as_it_was_found():
    model = network()
    layer = model.layers[0]
    with pytest.raises(ValueError, match="no calibration samples"):
        quantize_model(model, [])
    assert "forward" not in vars(layer)


class Explosive(ReLU):
    def forward(self, x):
        if x.data.max() > 50:
            raise RuntimeError("boom")
        return super().forward(x)


def broken_weight(model):
    model.layers[4].weight.data[0, 0] = np.inf


@pytest.mark.parametrize(
    ("data", "spoil", "error", "part"),
    [
        ([], None, ValueError, "no calibration samples"),
        (Tensor(np.ones((2, 6))), None, TypeError, "got one Tensor"),
        (7, None, TypeError, "expects an iterable of Tensors, got int"),
        ([*batches(), Tensor(np.ones((2, 5)))], None, ValueError, r"\[4\].*6 features.*\(2, 5\)"),
        ([*batches(), "x"], None, TypeError, "got str at position 4"),
        (
            [(batches()[0], [1])],
            None,
            TypeError,
            r"got tuple at position 0.*\[x for x, _ in data\]",
        ),
        ([*batches(), Tensor([[np.nan] * 6])], None, ValueError, r"\[4\].*6 NaN"),
        ([*batches(), Tensor([[1e30] * 6])], None, RuntimeError, "boom"),
        (None, broken_weight, ValueError, r"layer 4: the weight of Linear\(7, 3\).*1 infinite"),
        (batches(), broken_weight, ValueError, "layer 4"),
    ],
)
def test_on_any_error_the_model_is_as_before(data, spoil, error, part):
    model = network()
    model.layers[1] = Explosive()
    if spoil:
        spoil(model)
    before = state(model)
    with pytest.raises(error, match=part):
        quantize_model(model, data)
    assert state(model) == before


@pytest.mark.parametrize("thing", [None, Sequential, [Linear(2, 2)], {"layers": []}, ReLU()])
def test_what_is_not_a_sequential_is_refused(thing):
    with pytest.raises(TypeError, match="quantize_model expects a Sequential, got"):
        quantize_model(thing)


def test_a_bare_linear_is_refused_with_the_way_out():
    with pytest.raises(TypeError, match=r"use Sequential\(layer\), or QuantizedLinear\(layer\)"):
        quantize_model(Linear(2, 2))


def test_a_wrong_observer_is_refused_before_anything_happens():
    model, asked = network(), []
    before = state(model)
    with pytest.raises(ValueError, match="observer must be one of"):
        quantize_model(model, (asked.append(1) for _ in range(2)), observer="median")
    assert state(model) == before
    assert asked == []


def test_a_tuple_of_layers_is_replaced_too():
    model = Sequential(Sequential(Linear(6, 4)), Linear(4, 2))
    model.layers = tuple(model.layers)
    quantize_model(model)
    assert repr(model).count("QuantizedLinear") == 2


def test_activations_that_overflow_are_named_with_their_layer():
    model = network()
    with pytest.raises(ValueError, match=r"\[0\]: the input of Linear\(8, 7\): .* infinite"):
        quantize_model(model, [Tensor(3e38 * np.sign(model.layers[0].weight.data.T[:1]))])


def test_without_a_linear_there_is_nothing_to_quantize():
    for model in (Sequential(), Sequential(ReLU(), Sequential())):
        with pytest.raises(ValueError, match="holds no Linear layer to quantize"):
            quantize_model(model)


def test_calibration_data_for_a_model_that_is_quantized_already_are_refused():
    model = network()
    quantize_model(model)
    before = state(model)
    with pytest.raises(ValueError, match=r"quantized already and .* was not calibrated"):
        quantize_model(model, batches())
    assert state(model) == before
