"""Models are taken apart only if their layers, one after another, are the whole model."""

import pytest

from tinytorch import Linear, ReLU, Sequential, Tensor
from tinytorch.core.structure import flat_layers, is_linear
from tinytorch.core.training import fit
from tinytorch.perf.analysis import rescale_hidden_units, simulate
from tinytorch.perf.deploy import save


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


def test_a_linear_is_one_if_it_computes_what_linear_computes():
    assert is_linear(Linear(2, 2))
    assert is_linear(Named(2, 2))
    assert not is_linear(ReLU())
    with pytest.raises(TypeError, match="Doubled is a Linear with a forward of its own"):
        is_linear(Doubled(2, 2))
    assert Doubled(2, 2)(Tensor([[0.0, 0.0]])).shape == (1, 2)
