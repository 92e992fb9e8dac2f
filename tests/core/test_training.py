"""Training: its gradients, its steps, its result on the digits, and what it refuses."""

import re

import numpy as np
import pytest

from tinytorch.core import Linear, ReLU, Sequential, Tensor
from tinytorch.core.layers import Layer, leaf_layers
from tinytorch.core.training import _loss_and_gradients, accuracy, fit
from tinytorch.datasets import load_digits

DIGITS = load_digits()


def network(seed=0):
    rng = np.random.default_rng(seed)
    return Sequential(
        Linear(784, 64, rng=rng), ReLU(), Linear(64, 32, rng=rng), ReLU(), Linear(32, 10, rng=rng)
    )


def filled(weight, bias):
    layer = Linear(*np.shape(weight))
    layer.weight, layer.bias = Tensor(weight), Tensor(bias)
    return layer


def snapshot(layer):
    return [tensor.data.tobytes() for tensor in layer.parameters()]


def test_gradients_agree_with_central_differences():
    rng = np.random.default_rng(0)
    first, shared, last = Linear(4, 5), Linear(5, 5), Linear(5, 3, bias=False)
    model = Sequential(first, ReLU(), Sequential(shared, Sequential(ReLU(), shared)), last)
    layers = [layer for _, layer in leaf_layers(model)]
    x, labels = rng.normal(size=(7, 4)), rng.integers(3, size=7)
    parameters = {id(p): p for layer in (first, shared, last) for p in layer.parameters()}
    weights = {key: rng.normal(size=p.shape) for key, p in parameters.items()}

    def cross_entropy():
        w1, b1, w2, b2, w3 = weights.values()
        logits = (np.maximum(np.maximum(x @ w1 + b1, 0) @ w2 + b2, 0) @ w2 + b2) @ w3
        likelihoods = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        return -np.log(likelihoods[np.arange(7), labels]).mean()

    loss, gradients = _loss_and_gradients(layers, weights, x, labels)
    assert loss == pytest.approx(cross_entropy(), rel=1e-12)
    for key, array in weights.items():
        for position in np.ndindex(array.shape):
            array[position] += 1e-5
            above = cross_entropy()
            array[position] -= 2e-5
            slope = (above - cross_entropy()) / 2e-5
            array[position] += 1e-5
            assert gradients[key][position] == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_one_step_by_hand():
    layer = filled(np.zeros((2, 2)), np.zeros(2))
    losses = fit(Sequential(layer), [[1.0, 2.0]], [0], epochs=1, learning_rate=0.1)
    assert losses == [pytest.approx(np.log(2))]  # both probabilities are 1/2
    np.testing.assert_allclose(layer.weight.data, [[0.05, -0.05], [0.1, -0.1]], rtol=1e-6)
    np.testing.assert_allclose(layer.bias.data, [0.05, -0.05], rtol=1e-6)
    assert layer.weight.dtype == layer.bias.dtype == np.float32


def test_momentum_and_weight_decay_by_hand():
    layer = filled([[1.0, 1.0]], [3.0, 3.0])
    settings = {"learning_rate": 0.5, "momentum": 0.5, "weight_decay": 0.2}
    fit(Sequential(layer), [[0.0], [0.0]], [0, 1], epochs=2, **settings)
    # Only the decay pulls: a step of -0.1, then one of 0.5 * -0.1 - 0.5 * 0.2 * 0.9 = -0.14.
    np.testing.assert_allclose(layer.weight.data, [[0.76, 0.76]], rtol=1e-6)
    np.testing.assert_array_equal(layer.bias.data, [3.0, 3.0])


def test_the_loss_is_the_mean_over_the_samples_even_with_huge_logits():
    model = Sequential(filled([[0.0, 1.0]], [0.0, 0.0]))  # logits (0, x)
    settings = {"epochs": 1, "batch_size": 2, "learning_rate": 1e-12}
    losses = fit(model, [[0.0], [1.0], [1e30]], [0, 0, 1], **settings)
    assert losses == [pytest.approx((np.log(2) + np.log(1 + np.e) + 0) / 3)]


def test_the_seed_decides_the_trained_weights():
    models = [network(), network(), network()]
    for model, seed in zip(models, (1, 1, 2), strict=True):
        assert len(fit(model, *DIGITS[:2], epochs=3, seed=seed)) == 3
    first, again, other = map(snapshot, models)
    assert first == again != other


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_fresh_network_learns_the_digits(seed):
    model = network(seed)
    fit(model, *DIGITS[:2], seed=seed)
    assert accuracy(model, *DIGITS[2:]) >= 0.88  # of 1,000 images it learns no more


BAD_ARGUMENTS = {  # by what the error says
    "epochs=0 is outside its range": {"epochs": 0},
    "batch_size=0 is outside its range": {"batch_size": 0},
    "learning_rate=0 is outside its range": {"learning_rate": 0},
    "momentum=1 is outside its range": {"momentum": 1},
    "weight_decay=-0.1 is outside its range": {"weight_decay": -0.1},
    "inputs of shape (samples, 784), got shape (3, 783)": {"inputs": np.zeros((3, 783))},
    "inputs of shape (samples, 784), got shape (784,)": {"inputs": np.zeros(784)},
    "inputs of shape (samples, 784), got shape (0, 784)": {"inputs": np.zeros((0, 784))},
    "inputs contain NaN": {"inputs": np.full((3, 784), np.nan)},
    "integer labels, got dtype float64": {"labels": [0.0, 1.5, 2.0]},
    "integer labels, got dtype <U1": {"labels": ["0", "1", "2"]},
    "3 labels, one per sample, got shape (2,)": {"labels": [0, 1]},
    "from 0 to 9 for a model with 10 outputs, got 0 to 10": {"labels": [0, 1, 10]},
    "from 0 to 9 for a model with 10 outputs, got -1 to 1": {"labels": [0, 1, -1]},
    "expected a Sequential, got Linear": {"model": Linear(784, 10)},
    "fit can train Linear and ReLU layers": {"model": Sequential(Linear(784, 10), Layer())},
    "no Linear layer": {"model": Sequential(ReLU())},
    "mismatch": {"model": Sequential(Linear(784, 10), Linear(9, 10))},
}


@pytest.mark.parametrize("reason", BAD_ARGUMENTS)
def test_bad_arguments_leave_the_model_unchanged(reason):
    arguments = {"model": network(), "inputs": np.ones((3, 784)), "labels": [0, 1, 9]}
    arguments |= BAD_ARGUMENTS[reason]
    before = snapshot(arguments["model"])
    with pytest.raises((TypeError, ValueError), match=re.escape(reason)):
        fit(**arguments)
    assert snapshot(arguments["model"]) == before


@pytest.mark.parametrize(("rate", "batch_size"), [(1e6, 32), (1e100, 32), (1e100, 2000)])
def test_divergence_names_the_epoch_and_leaves_the_model_unchanged(rate, batch_size):
    model = network()
    before = snapshot(model)
    # With one batch per epoch, the loss of epoch 1 is still finite: only the weights tell.
    with pytest.raises(ValueError, match=r"diverged in epoch 1 .* unchanged"):
        fit(model, *DIGITS[:2], learning_rate=rate, batch_size=batch_size)
    assert snapshot(model) == before


def test_accuracy_by_hand():
    outputs = [[0.1, 0.9], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]]
    assert accuracy(Sequential(), outputs, [1, 0, 0, 0]) == 0.75


@pytest.mark.parametrize(("shape", "labels"), [((3, 2), [0, 1]), ((0, 2), []), ((2,), [1])])
def test_accuracy_wants_one_label_per_sample(shape, labels):
    with pytest.raises(ValueError, match="one label per sample and at least one sample"):
        accuracy(Sequential(), np.ones(shape), labels)


def test_a_weight_that_two_layers_share_is_trained_once():
    first, second = Linear(2, 2), Linear(2, 2)
    second.weight = first.weight
    model = Sequential(first, ReLU(), second)
    points = np.random.default_rng(0).normal(size=(50, 2))
    losses = fit(model, points, (points[:, 0] > 0).astype(int), epochs=5, batch_size=50)
    assert second.weight is first.weight
    logits = model(Tensor(points)).data.astype(float)
    likelihoods = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    loss = -np.log(likelihoods[np.arange(50), (points[:, 0] > 0).astype(int)]).mean()
    assert loss < losses[-1]


def test_whole_floats_are_labels_too_but_text_and_fractions_are_not():
    model = Sequential(Linear(1, 2, rng=0))
    assert accuracy(model, [[0.0]], Tensor([0])) == 1.0
    for labels in (["0"], [0.5]):
        with pytest.raises(TypeError, match="accuracy expects integer labels, got dtype"):
            accuracy(model, [[0.0]], labels)


def test_outputs_that_are_not_numbers_predict_nothing():
    with pytest.raises(ValueError, match="outputs hold NaN"):
        accuracy(lambda x: x, [[np.nan, 1.0]], [0])


def test_a_linear_with_a_forward_of_its_own_is_not_trained_as_if_it_had_none():
    class Doubled(Linear):
        def forward(self, x):
            return super().forward(x) * 2

    with pytest.raises(TypeError, match="Doubled is a Linear with a forward of its own"):
        fit(Sequential(Doubled(2, 2)), np.ones((3, 2)), [0, 1, 0])
