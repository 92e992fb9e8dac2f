"""Models are taken apart only if their layers, one after another, are the whole model."""

import pytest

from tinytorch import Linear, ReLU, Sequential, Tensor
from tinytorch.core.structure import flat_layers, is_linear
from tinytorch.core.training import fit
from tinytorch.perf.analysis import rescale_hidden_units, simulate
from tinytorch.perf.deploy import export_onnx, save
from tinytorch.perf.quantization import quantize_model


class Residual(Sequential):
    def forward(self, x):
        return x + super().forward(x)


class Doubled(Linear):
    def __call__(self, x):
        return super().__call__(x) * 2


class Named(Linear):
    """A subclass that computes what Linear computes."""


def test_flat_layers_are_the_leaves_in_order():
    first, relu, last = Linear(2, 2), ReLU(), Linear(2, 2)
    model = Sequential(first, Sequential(relu, Sequential(last)))
    assert flat_layers(model) == [("0", first), ("1.0", relu), ("1.1.0", last)]


@pytest.mark.parametrize(
    "use",
    [
        flat_layers,
        simulate,
        rescale_hidden_units,
        lambda model: fit(model, [[1.0, 2.0]], [0]),
        lambda model: save(model, "never_written.npz"),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_a_sequential_with_a_forward_of_its_own_is_not_taken_apart(use, nested):
    model = Residual(Linear(2, 2), ReLU(), Linear(2, 2))
    with pytest.raises(TypeError, match=r"forward of (its own|Residual)"):
        use(Sequential(model) if nested else model)


def doubled(layer):
    forward = layer.forward
    layer.forward = lambda x: forward(x) * 2
    return layer


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (lambda model: model.layers[0], "layer 0, Linear"),
        (lambda model: model.layers[1].layers[0], "layer 1.0, ReLU"),
        (lambda model: model.layers[1], "the Sequential at '1'"),
        (lambda model: model, "the model"),
    ],
)
@pytest.mark.parametrize(
    "use",
    [
        flat_layers,
        simulate,
        lambda model: save(model, "never_written.npz"),
        lambda model: export_onnx(model, "never_written.onnx"),
    ],
)
def test_a_layer_that_was_given_another_forward_is_not_taken_out(use, spoil, name, tmp_path):
    model = Sequential(Linear(2, 2), Sequential(ReLU()), Linear(2, 2))
    doubled(spoil(model))
    with pytest.raises(TypeError, match=f"{name}.* was given another forward"):
        use(model)


def test_a_linear_that_was_given_another_forward_is_not_quantized():
    model = Sequential(Linear(2, 2), Sequential(ReLU(), doubled(Linear(2, 2))))
    with pytest.raises(TypeError, match=r"layer 1\.1: this layer, Linear.* another forward"):
        quantize_model(model)
    quantize_model(model, skipped=["1.1"])
    assert repr(model.layers[1].layers[1]) == "Linear(2, 2)"


def test_a_sequential_that_was_given_another_forward_keeps_it_when_it_is_quantized():
    model = doubled(Sequential(Linear(2, 2)))
    x = Tensor([[1.0, 2.0]])
    quantize_model(model, [x])
    assert model(x).data.tolist() == (model.layers[0](x) * 2).data.tolist()


def test_a_linear_is_one_if_it_computes_what_linear_computes():
    assert is_linear(Linear(2, 2))
    assert is_linear(Named(2, 2))
    assert not is_linear(ReLU())
    with pytest.raises(TypeError, match="Doubled is a Linear with a forward of its own"):
        is_linear(Doubled(2, 2))
    assert Doubled(2, 2)(Tensor([[0.0, 0.0]])).shape == (1, 2)
