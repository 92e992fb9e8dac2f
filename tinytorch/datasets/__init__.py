"""The data and the network that come with tinytorch, so that nothing has to be downloaded.

The digits are images of MNIST; see NOTICE.md beside this file for the source and licence. `build`
makes both files again.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import Linear, ReLU, Sequential
from tinytorch.core.tensor import Tensor

__all__ = ["Digits", "load_digits", "load_digits_model"]

FOLDER = Path(__file__).parent
DIGITS_FILE = FOLDER / "mnist.npz"
MODEL_FILE = FOLDER / "mnist_mlp.npz"
SIDE = 28  # pixels of an image, in rows and in columns


class Digits(NamedTuple):
    """28 x 28 images of handwritten digits, as rows of 784 brightness values from 0.0 to 1.0.

    Attributes:
        train_images: float32 Tensor of shape (1000, 784), of the 8,000 images that the network was
            trained with.
        train_labels: int64 array of shape (1000,), the digits 0 to 9.
        test_images: float32 Tensor of shape (2000, 784), never used in training.
        test_labels: int64 array of shape (2000,).
    """

    train_images: Tensor
    train_labels: NDArray[np.int64]
    test_images: Tensor
    test_labels: NDArray[np.int64]


def load_digits() -> Digits:
    """Load the digits.

    Example:
        >>> digits = load_digits()
        >>> digits.train_images.shape, digits.test_images.shape
        ((1000, 784), (2000, 784))
    """
    stored = _stored_digits()
    return Digits(
        _rows(stored["train_images"]),
        stored["train_labels"].astype(np.int64),
        _rows(stored["test_images"]),
        stored["test_labels"].astype(np.int64),
    )


@functools.cache
def _stored_digits() -> dict[str, NDArray[np.uint8]]:
    """The file's arrays: to unpack it takes longer than all else here."""
    with np.load(DIGITS_FILE, allow_pickle=False) as file:
        return dict(file)


def _rows(images: NDArray[np.uint8]) -> Tensor:
    return Tensor(images.reshape(-1, SIDE * SIDE).astype(np.float32) / np.float32(255))


def load_digits_model() -> Sequential:
    """Load the trained FP32 network 784-256-128-10 that classifies the digits.

    Example:
        >>> load_digits_model()
        Sequential(Linear(784, 256), ReLU(), Linear(256, 128), ReLU(), Linear(128, 10))
    """
    with np.load(MODEL_FILE, allow_pickle=False) as file:
        first, second, third = (
            Linear.from_arrays(file[f"{position}.weight"], file[f"{position}.bias"])
            for position in (0, 2, 4)
        )
    return Sequential(first, ReLU(), second, ReLU(), third)
