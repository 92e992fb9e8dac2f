"""your_model takes anybody's network and data, and says what does not fit."""

import copy
import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from lessons.figures.reading import heights

from tinytorch import Linear, ReLU, Sequential, Tensor, experiments
from tinytorch.core.training import accuracy, fit
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.lessons.quantization.figures.networks.own_data import own_data
from tinytorch.lessons.quantization.figures.networks.your_model import measure_your_model

FEATURES, CLASSES = 6, 3


@pytest.fixture(scope="module")
def data():
    """Points of three classes, which lie about three centres."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, CLASSES, 600)
    centres = rng.standard_normal((CLASSES, FEATURES))
    return (centres[labels] + rng.normal(0, 0.7, (600, FEATURES))).astype(np.float32), labels


@pytest.fixture(scope="module")
def network(data):
    rng = np.random.default_rng(1)
    sizes = (FEATURES, 20, 20, 20, 20, CLASSES)
    layers = []
    for each in itertools.pairwise(sizes):
        layers += [Linear(*each, rng=rng), ReLU()]
    model = Sequential(layers[:-1])
    fit(model, *data, epochs=10, progress=False)
    return model


def test_a_network_and_data_of_ones_own_are_measured_and_drawn(network, data, tmp_path):
    before = copy.deepcopy(network)
    figure = experiments.your_model(model=network, data=data)
    accuracies, sizes, errors, doubts, table = figure.axes
    inputs, labels = data[0][200:], data[1][200:]
    assert heights(accuracies)[0] == pytest.approx(100 * accuracy(network, inputs, labels))
    assert f"of\n{len(inputs):,} predictions" in accuracies.get_title()
    assert heights(sizes)[0] == 4 * sum(each.size for each in network.parameters())
    assert len(heights(errors)) == 2 * 5
    assert len(doubts.patches) == 10
    assert "5 layers" in table.get_title()
    # A copy was quantized.
    assert [type(each) for each in network.layers] == [type(each) for each in before.layers]
    figure.savefig(tmp_path / "mine.png")
    assert (tmp_path / "mine.png").read_bytes().startswith(b"\x89PNG")


def test_a_tuple_is_split_into_samples_that_calibrate_and_others_that_judge(data):
    inputs, labels = data
    calibration, others, right = own_data(data)
    assert np.array_equal(calibration.data, inputs[:200])
    assert np.array_equal(others.data, inputs[200:])
    assert np.array_equal(right, labels[200:])
    assert [len(part.data) for part in own_data((inputs[:9], labels[:9]))[:2]] == [4, 5]


def test_data_like_the_digits_are_taken_as_they_are(data, network):
    inputs, labels = data
    given = SimpleNamespace(
        train_images=inputs[:50], test_images=Tensor(inputs[300:]), test_labels=labels[300:]
    )
    numbers = measure_your_model(model=network, data=given)
    assert np.array_equal(numbers["inputs"], inputs[300:])
    assert numbers["margins"].shape == (300,)
    assert np.all(numbers["margins"][numbers["unsure"]] <= np.sort(numbers["margins"])[9])


def test_a_network_of_ones_own_is_judged_by_the_digits_without_data():
    model = Sequential([*load_digits_model().layers[:1], Linear(256, 10)])
    figure = experiments.your_model(model=model)
    assert "2,000 predictions" in figure.axes[0].get_title()
    assert len(figure.axes[3].images) == 10


def test_layers_beyond_what_fits_in_the_table_are_counted(data):
    rng = np.random.default_rng(2)
    many = [Linear(FEATURES, FEATURES, rng=rng) for _ in range(7)]
    figure = experiments.your_model(
        model=Sequential(*many, Linear(FEATURES, CLASSES, rng=rng)), data=data
    )
    assert "first 6 of 8 layers" in figure.axes[4].get_title()
    assert figure._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("model", "data", "error", "message"),
    [
        (3, None, TypeError, "expected a Sequential, got int"),
        (Sequential(ReLU()), None, ValueError, "with Linear layers in FP32, got Sequential"),
        (Sequential(Linear(784, 1)), None, ValueError, "at least two classes"),
        (None, 3, TypeError, r"a tuple \(inputs, labels\), got int"),
        (None, (np.zeros((4, 784)), [1, 2]), ValueError, "a label for each"),
        (None, (np.zeros((4, 784)), [0.5] * 4), TypeError, "integer labels"),
        (None, (np.zeros(4), [1] * 4), ValueError, r"\(samples, features\), got \(4,\)"),
        (None, (np.zeros((1, 784)), [1]), ValueError, "samples to calibrate with"),
        (None, (np.zeros((4, 5)), [1] * 4), ValueError, "784"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_a_sentence(model, data, error, message):
    with pytest.raises(error, match=message):
        experiments.your_model(model=model, data=data)


def test_the_digits_are_the_default():
    assert np.array_equal(own_data().inputs.data, load_digits().test_images.data)
