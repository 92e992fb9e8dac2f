"""The network and the data that `your_model` measures: the lesson's, or somebody's own."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import Linear, Sequential, leaf_layers
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import as_labels
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.lessons.quantization.figures.models import CALIBRATION_IMAGES

NAME = "your_model"
FIELDS = ("train_images", "test_images", "test_labels")


class Data(NamedTuple):
    """Samples to calibrate with, and others, with labels, to judge by.

    Attributes:
        calibration: float32 Tensor of shape (samples, features), at most 200 samples.
        inputs: float32 Tensor of shape (others, features).
        labels: integers of shape (others,).
    """

    calibration: Tensor
    inputs: Tensor
    labels: NDArray[Any]


def own_data(data: Any = None) -> Data:
    """Read the data that somebody gives.

    Args:
        data: an object with train_images, test_images and test_labels, as load_digits() returns;
            or a tuple (inputs, labels), of whose rows the first half, at most 200, calibrate, and
            the others judge; or None for the lesson's digits.

    Raises:
        TypeError: if it is something else, or labels are not whole numbers.
        ValueError: if shapes do not fit.
    """
    if isinstance(data, (tuple, list)) and len(data) == 2:
        inputs, labels = _samples(data[0]), data[1]
        cut = min(CALIBRATION_IMAGES, len(inputs) // 2)
        train, test, labels = inputs[:cut], inputs[cut:], np.asarray(labels)[cut:]
    else:
        data = load_digits() if data is None else data
        if not all(hasattr(data, field) for field in FIELDS):
            raise TypeError(
                f"{NAME} expects data with {', '.join(FIELDS)}, or a tuple (inputs, labels), "
                f"got {type(data).__name__}"
            )
        train = _samples(data.train_images)[:CALIBRATION_IMAGES]
        test, labels = _samples(data.test_images), data.test_labels
    labels = as_labels(labels, NAME)
    if not len(train) or not len(test) or labels.shape != (len(test),):
        raise ValueError(
            f"{NAME} expects samples to calibrate with, others to judge by, and a label for each "
            f"of these, got {len(train)}, {len(test)} and labels of shape {labels.shape}"
        )
    return Data(Tensor(train), Tensor(test), labels)


def own_model(model: Any, data: Data) -> Sequential:
    """The network to quantize: somebody's own, which is checked, or the lesson's.

    Args:
        model: a Sequential with Linear layers in FP32, or None for the digit network.
        data: what it is to be measured with.

    Raises:
        TypeError: if the model is no Sequential.
        ValueError: if it has no Linear, or fewer outputs than two.
    """
    model = load_digits_model() if model is None else model
    if not any(isinstance(layer, Linear) for _, layer in leaf_layers(model)):
        raise ValueError(
            f"{NAME} quantizes a copy of a model with Linear layers in FP32, got {model!r}"
        )
    shape = model(Tensor(data.inputs.data[:1])).shape
    if len(shape) != 2 or shape[1] < 2:
        raise ValueError(
            f"{NAME} expects a model with an output for each of at least two classes, got outputs "
            f"of shape {shape} for one sample"
        )
    return model


def _samples(values: Any) -> NDArray[np.float32]:
    array = np.asarray(values, dtype=np.float32)
    if array.ndim != 2:
        raise ValueError(f"{NAME} expects inputs of shape (samples, features), got {array.shape}")
    return array
