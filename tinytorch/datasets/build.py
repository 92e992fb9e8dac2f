"""Make the two shipped files again: `python -m tinytorch.datasets.build`.

`digits.npz` comes from scikit-learn's copy of the UCI optical digits. `digits_mlp.npz` is trained
on it. Training is deterministic; so that the last bits of a BLAS library's sums cannot show
either, the trained weights are rounded to multiples of 2**-14.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinytorch.core.layers import Linear, ReLU, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import fit
from tinytorch.datasets import DIGITS_FILE, MODEL_FILE, load_digits
from tinytorch.perf.deploy import save

HELD_OUT = 500
GRID = 2.0**-14


def build_digits(path: Path) -> None:
    """Write the digits, shuffled once and split into training and held-out images."""
    from sklearn.datasets import load_digits as load_from_sklearn  # type: ignore[import-untyped]

    source = load_from_sklearn()
    order = np.random.default_rng(0).permutation(len(source.target))
    train, test = order[HELD_OUT:], order[:HELD_OUT]
    images, labels = source.images.astype(np.uint8), source.target.astype(np.uint8)
    np.savez_compressed(
        path,
        train_images=images[train],
        train_labels=labels[train],
        test_images=images[test],
        test_labels=labels[test],
    )


def build_model(path: Path) -> None:
    """Train the network 64-64-32-10 on the training images and write it."""
    digits = load_digits()
    rng = np.random.default_rng(0)
    model = Sequential(
        Linear(64, 64, rng=rng), ReLU(), Linear(64, 32, rng=rng), ReLU(), Linear(32, 10, rng=rng)
    )
    fit(model, digits.train_images, digits.train_labels, epochs=40, weight_decay=1e-3)
    for parameter in model.parameters():
        parameter.data = Tensor(np.round(parameter.data / GRID) * GRID).data
    save(model, path)


if __name__ == "__main__":
    build_digits(DIGITS_FILE)
    build_model(MODEL_FILE)
