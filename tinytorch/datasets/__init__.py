"""The data and the network that come with tinytorch, so that nothing has to be downloaded.

The digits are scikit-learn's copy of the UCI optical digits; see NOTICE.md beside this file for
the source and licence. `python -m tinytorch.datasets.build` makes both files again.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import Linear, ReLU, Sequential
from tinytorch.core.tensor import Tensor

__all__ = ["Digits", "load_digits", "load_digits_model"]

FOLDER = Path(__file__).parent
DIGITS_FILE = FOLDER / "digits.npz"
MODEL_FILE = FOLDER / "digits_mlp.npz"


class Digits(NamedTuple):
    """8 x 8 images of handwritten digits, as rows of 64 brightness values from 0.0 to 1.0.

    Attributes:
        train_images: float32 Tensor of shape (1297, 64).
        train_labels: int64 array of shape (1297,), the digits 0 to 9.
        test_images: float32 Tensor of shape (500, 64), never used in training.
        test_labels: int64 array of shape (500,).
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
        ((1297, 64), (500, 64))
    """
    with np.load(DIGITS_FILE, allow_pickle=False) as file:
        parts = [
            Tensor(file["train_images"].reshape(-1, 64).astype(np.float32) / np.float32(16)),
            file["train_labels"].astype(np.int64),
            Tensor(file["test_images"].reshape(-1, 64).astype(np.float32) / np.float32(16)),
            file["test_labels"].astype(np.int64),
        ]
    return Digits(*parts)


def load_digits_model() -> Sequential:
    """Load the trained FP32 network 64-64-32-10 that classifies the digits.

    Example:
        >>> load_digits_model()
        Sequential(Linear(64, 64), ReLU(), Linear(64, 32), ReLU(), Linear(32, 10))
    """
    with np.load(MODEL_FILE, allow_pickle=False) as file:
        first, second, third = (
            Linear.from_arrays(file[f"{position}.weight"], file[f"{position}.bias"])
            for position in (0, 2, 4)
        )
    return Sequential(first, ReLU(), second, ReLU(), third)
