"""The shipped digits and network: what they are, where they come from, how they are made."""

import numpy as np
import pytest
from sklearn.datasets import load_digits as load_from_sklearn

from tinytorch.core import ReLU, Tensor, training
from tinytorch.datasets import DIGITS_FILE, FOLDER, MODEL_FILE, load_digits, load_digits_model
from tinytorch.datasets.build import GRID, build_digits, build_model


@pytest.fixture(scope="module")
def digits():
    return load_digits()


def samples(images, labels):
    """One string of bytes per sample: 64 brightness levels and the label."""
    rows = np.column_stack([images.reshape(-1, 64) * 16, labels])
    return sorted(row.tobytes() for row in rows.astype(np.int64))


def test_images_are_float32_tensors_and_labels_integers(digits):
    for images, labels, count in ((*digits[:2], 1297), (*digits[2:], 500)):
        assert type(images) is Tensor
        assert (images.shape, images.dtype) == ((count, 64), np.float32)
        assert (labels.shape, labels.dtype) == ((count,), np.int64)


def test_brightness_goes_from_zero_to_one_in_sixteenths(digits):
    for images in (digits.train_images.data, digits.test_images.data):
        assert (images.min(), images.max()) == (0.0, 1.0)
        np.testing.assert_array_equal(images * 16, np.rint(images * 16))


def test_every_digit_occurs_in_both_parts(digits):
    for labels in (digits.train_labels, digits.test_labels):
        assert np.unique(labels).tolist() == list(range(10))


def test_both_parts_together_are_the_digits_of_scikit_learn(digits):
    images = np.concatenate([digits.train_images.data, digits.test_images.data])
    labels = np.concatenate([digits.train_labels, digits.test_labels])
    source = load_from_sklearn()
    assert samples(images, labels) == samples(source.images / 16, source.target)


def test_no_image_is_in_both_parts(digits):
    train = samples(digits.train_images.data, digits.train_labels)
    test = samples(digits.test_images.data, digits.test_labels)
    assert len(set(train) | set(test)) == 1797  # no image comes twice, so no index does


def test_every_load_gives_arrays_of_its_own(digits):
    again = load_digits()
    for first, second in zip(digits, again, strict=True):
        assert not np.shares_memory(np.asarray(first), np.asarray(second))


def test_the_network_is_an_fp32_perceptron_64_64_32_10():
    model = load_digits_model()
    shapes = [(64, 64), (64,), (64, 32), (32,), (32, 10), (10,)]
    assert [tensor.shape for tensor in model.parameters()] == shapes
    assert {tensor.dtype for tensor in model.parameters()} == {np.dtype(np.float32)}
    assert [type(layer) is ReLU for layer in model.layers] == [False, True, False, True, False]


def test_the_network_reads_at_least_96_percent_of_the_held_out_images(digits):
    w1, b1, w2, b2, w3, b3 = (p.data.astype(np.float64) for p in load_digits_model().parameters())
    hidden = np.maximum(digits.test_images.data @ w1 + b1, 0)
    outputs = np.maximum(hidden @ w2 + b2, 0) @ w3 + b3
    share = np.mean(outputs.argmax(axis=1) == digits.test_labels)
    assert share >= 0.96
    assert training.accuracy(load_digits_model(), *digits[2:]) == share


def test_the_weights_lie_on_the_grid_they_were_rounded_to():
    for tensor in load_digits_model().parameters():
        steps = tensor.data / GRID
        np.testing.assert_array_equal(steps, np.rint(steps))


def test_the_digits_file_can_be_made_again(tmp_path):
    build_digits(tmp_path / "digits.npz")
    with np.load(tmp_path / "digits.npz") as made, np.load(DIGITS_FILE) as shipped:
        assert sorted(made) == sorted(shipped)
        for name in shipped:
            np.testing.assert_array_equal(made[name], shipped[name], strict=True)


def test_the_network_file_can_be_made_again_byte_for_byte(tmp_path):
    build_model(tmp_path / "digits_mlp.npz")
    assert (tmp_path / "digits_mlp.npz").read_bytes() == MODEL_FILE.read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "Alpaydin",
        "Kaynak",
        "UCI Machine Learning Repository",
        "https://doi.org/10.24432/C50P49",
        "Creative Commons Attribution 4.0",
        "CC BY 4.0",
    ],
)
def test_the_notice_names_the_source_and_its_licence(name):
    notice = (FOLDER / "NOTICE.md").read_text(encoding="utf-8")
    assert name in " ".join(notice.replace(">", " ").split())
