"""Models that users write themselves: every Linear in them is found, calibrated and replaced."""

import copy

import numpy as np
import pytest
from models import inputs, make

from tinytorch import Linear, ReLU, Sequential, Tensor
from tinytorch.perf.quantization import QuantizedLinear, analyze_model_sizes, quantize_model


class Residual:
    """A block with a Linear in an attribute, and in a list, a dict and a tuple."""

    def __init__(self, width=6):
        self.inner = make(width, 8)
        self.outer = [make(8, width, seed=1)]
        self.heads = {"gate": (make(width, width, seed=2), ReLU())}

    def __call__(self, x):
        gate, relu = self.heads["gate"]
        return x + self.outer[0](relu(self.inner(x))) + gate(x)


class Net:
    """A model that is no Sequential, with `layers`."""

    def __init__(self):
        self.layers = [make(6, 6), ReLU(), Residual(), make(6, 3, seed=3)]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def sequential():
    return Sequential(make(6, 6), ReLU(), Residual(), make(6, 3, seed=3))


NAMES = ["0", "2.inner", "2.outer.0", "2.heads.gate.0", "3"]


def layers_of(model):
    block = model.layers[2]
    return [model.layers[0], block.inner, block.outer[0], block.heads["gate"][0], model.layers[3]]


@pytest.mark.parametrize("build", [sequential, Net])
def test_every_linear_is_calibrated_and_replaced(build):
    model, data = build(), [inputs(20, 6, seed=n) for n in range(3)]
    original = copy.deepcopy(model)
    exact = model(data[0]).data
    quantize_model(model, data)
    assert [type(layer) for layer in layers_of(model)] == [QuantizedLinear] * 5
    first, gate = model.layers[0], layers_of(model)[3]
    everything = np.concatenate([batch.data for batch in data])
    hidden = np.maximum(original.layers[0](Tensor(everything)).data, 0)
    assert gate.input_scale == pytest.approx(hidden.max() / 255, rel=1e-6)
    assert first.input_scale == pytest.approx(np.ptp(everything) / 255, rel=1e-6)
    error = model(data[0]).data - exact
    assert 0 < np.square(error).sum() < 1e-3 * np.square(exact).sum()


@pytest.mark.parametrize("build", [sequential, Net, Residual])
def test_sizes_count_what_is_in_blocks(build):
    model = build()
    quantized = copy.deepcopy(model)
    quantize_model(quantized)
    sizes = analyze_model_sizes(model, quantized)
    linears = 5 if build is not Residual else 3
    params = 6 * 8 + 8 + 8 * 6 + 6 + 6 * 6 + 6 + (0 if build is Residual else 6 * 6 + 6 + 6 * 3 + 3)
    assert sizes["original_params"] == sizes["quantized_params"] == params
    assert sizes["original_bytes"] == 4 * params
    assert sizes["quantized_bytes"] == params + 2 * 8 * linears


def test_layers_that_are_skipped_stay_as_they_are():
    model = sequential()
    quantize_model(model, [inputs(5, 6)], skipped=["2.outer.0", "3"])
    kinds = [type(layer) for layer in layers_of(model)]
    assert kinds == [QuantizedLinear, QuantizedLinear, Linear, QuantizedLinear, Linear]
    with pytest.raises(ValueError, match=r"skipped names no layer \['7'\]; there are"):
        quantize_model(sequential(), skipped=["7"])
    with pytest.raises(ValueError, match="the model holds no Linear layer that is not skipped"):
        quantize_model(sequential(), skipped=NAMES)
    with pytest.raises(TypeError, match="skipped must be a list of names, got '0'"):
        quantize_model(sequential(), skipped="0")


def test_a_linear_that_cannot_be_replaced_is_named():
    hidden = make(6, 6)
    model = Sequential(make(6, 6), lambda x: hidden(x))
    with pytest.raises(ValueError, match=r"layer 1\.<lambda>\(\)\.hidden: .*cannot be replaced"):
        quantize_model(model)
    assert repr(model.layers[0]) == "Linear(6, 6)"
    quantize_model(model, [inputs(5, 6)], skipped=["1.<lambda>().hidden"])
    assert isinstance(model.layers[0], QuantizedLinear)


class Frozen:
    def __init__(self):
        vars(self)["fc"] = make(6, 6)

    def __call__(self, x):
        return self.fc(x)

    def __setattr__(self, name, value):
        raise AttributeError("frozen")


def test_a_block_that_takes_no_other_layer_leaves_the_model_as_it_was():
    model = Sequential(make(6, 6), Frozen())
    with pytest.raises(ValueError, match=r"layer 1\.fc cannot be replaced \(frozen\)"):
        quantize_model(model)
    assert repr(model.layers[0]) == "Linear(6, 6)"


class Unused(Residual):
    def __call__(self, x):
        return self.inner(x)


def test_a_layer_that_no_data_reach_is_named():
    with pytest.raises(ValueError, match=r"no calibration data reach layer outer\.0; is it used"):
        quantize_model(Unused(), [inputs(5, 6)])
    quantize_model(Unused(), [inputs(5, 6)], skipped=["outer.0", "heads.gate.0"])


class ByTurns:
    """A model that uses one head for small inputs, and the other for large ones."""

    def __init__(self):
        self.heads = [make(6, 3), make(6, 3, seed=1)]

    def __call__(self, x):
        return self.heads[int(x.data.max() > 10)](x)


def test_every_batch_may_reach_other_layers():
    model = ByTurns()
    quantize_model(model, [inputs(5, 6), inputs(5, 6) * 100])
    assert [type(layer) for layer in model.heads] == [QuantizedLinear] * 2
    assert model.heads[1].input_scale > 10 * model.heads[0].input_scale


def test_what_holds_no_linear_is_no_model():
    with pytest.raises(TypeError, match="expects a Sequential, got Plain"):
        quantize_model(type("Plain", (), {"__call__": lambda self, x: x})())


def tied():
    first, second, third = make(6, 6), make(6, 6), make(6, 6)
    second.weight = first.weight
    third.bias = first.bias
    return Sequential(first, ReLU(), second, ReLU(), third)


@pytest.mark.parametrize("bias", ["int8", "float32"])
@pytest.mark.parametrize("granularity", ["per_tensor", "per_channel"])
def test_tied_parameters_share_their_codes(granularity, bias):
    model, x = tied(), inputs(10, 6)
    original = tied()
    quantize_model(model, [x], granularity=granularity, bias=bias)
    first, second, third = model.layers[::2]
    assert second.q_weight is first.q_weight
    assert third.q_weight is not first.q_weight
    assert (third.q_bias, third.float_bias) == (first.q_bias, first.float_bias)
    assert second.input_scale != first.input_scale
    sizes = analyze_model_sizes(original, model)
    assert sizes["original_params"] == sizes["quantized_params"] == 2 * 36 + 2 * 6
    separate = tied()
    separate.layers[2].weight = Tensor(separate.layers[0].weight.data.copy())
    quantize_model(separate, [x], granularity=granularity, bias=bias)
    assert np.array_equal(separate(x).data, model(x).data)


class OfAnotherLibrary:
    """A tensor such as PyTorch's, which NumPy can read."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype=dtype)


@pytest.mark.parametrize("wrap", [np.asarray, Tensor, OfAnotherLibrary])
def test_anything_that_numpy_can_read_is_a_batch(wrap):
    arrays = [inputs(5, 6, seed=n).data for n in range(3)]
    expected, model = Sequential(make(6, 3)), Sequential(make(6, 3))
    quantize_model(expected, [Tensor(array) for array in arrays])
    quantize_model(model, (wrap(array.astype(np.float64)) for array in arrays))
    assert model.layers[0].input_scale == expected.layers[0].input_scale
    with pytest.raises(TypeError, match=r"got tuple at position 0; for \(inputs, labels\) pairs"):
        quantize_model(Sequential(make(6, 3)), [(wrap(arrays[0]), wrap(arrays[0]))])
    with pytest.raises(TypeError, match=r"of shape \(5, 6\); put it in a list"):
        quantize_model(Sequential(make(6, 3)), wrap(arrays[0]))


def test_codes_of_another_library_are_refused():
    with pytest.raises(TypeError, match="int8"):
        quantize_model(Sequential(make(6, 3)), [OfAnotherLibrary(np.zeros((2, 6), np.int8))])


def test_batches_without_samples_are_passed_over():
    model, expected = Sequential(make(6, 3)), Sequential(make(6, 3))
    full, empty = inputs(5, 6), Tensor(np.zeros((0, 6)))
    quantize_model(model, [empty, full, empty])
    quantize_model(expected, [full])
    assert model.layers[0].input_scale == expected.layers[0].input_scale
    with pytest.raises(ValueError, match=r"no calibration samples: calibration_data\[0\] .*empty"):
        quantize_model(Sequential(make(6, 3)), [empty, empty])


def test_an_observer_without_data_is_an_error():
    with pytest.raises(ValueError, match="an observer watches calibration data, and there are non"):
        quantize_model(Sequential(make(6, 3)), observer="mse")


class OwnQuantized:
    """A student's layer: codes and scales, and no library class."""

    def __init__(self, layer):
        made = QuantizedLinear(layer)
        self.q_weight, self.weight_scale = made.q_weight, made.weight_scale
        self.q_bias, self.bias_scale = made.q_bias, made.bias_scale

    def __call__(self, x):
        return x

    def parameters(self):
        return [self.q_weight, self.q_bias]


def test_the_scales_of_other_quantized_layers_count_too():
    original = Sequential(make(6, 3), ReLU())
    sizes = analyze_model_sizes(original, Sequential(OwnQuantized(make(6, 3)), ReLU()))
    assert sizes["quantized_bytes"] == 21 + 2 * 8
