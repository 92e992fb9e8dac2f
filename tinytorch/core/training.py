"""Train a Sequential classifier with mini-batches, and measure its accuracy.

The gradients of Linear, ReLU and softmax cross-entropy are written out by hand, and the weights
move by stochastic gradient descent with momentum. The arithmetic is done in float64 and the result
stored as float32: a sum that a BLAS library orders differently then changes the trained weights
far less than one float32 rounding step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import Linear, ReLU, Sequential
from tinytorch.core.progress import track
from tinytorch.core.structure import flat_layers, is_linear
from tinytorch.core.tensor import Tensor

Array = NDArray[Any]


def fit(
    model: Sequential,
    inputs: Any,
    labels: Any,
    *,
    epochs: int = 40,
    batch_size: int = 32,
    learning_rate: float = 0.05,
    momentum: float = 0.9,
    weight_decay: float = 0.0,
    seed: int = 0,
    progress: bool | None = None,
) -> list[float]:
    """Train the model in place by minimizing softmax cross-entropy.

    Args:
        model: a Sequential of Linear and ReLU layers (nested ones too) that ends in one output
            (logit) per class.
        inputs: Tensor or array of shape (samples, features).
        labels: integers of shape (samples,), from 0 to classes - 1.
        epochs: passes over the data.
        batch_size: samples per step; the last batch of an epoch may be smaller.
        learning_rate: length of a step, per unit of gradient.
        momentum: share of the last step that is repeated, from 0 up to but not including 1.
        weight_decay: pull of the weights (not of the biases) towards zero, per unit of weight.
        seed: seed of the order of the samples; the same seed gives the same weights.
        progress: True or False shows or hides a progress bar; None shows one for long training
            on a terminal.

    Returns:
        The mean loss of every epoch, in nats.

    Raises:
        TypeError: if the model holds other layers than Linear and ReLU, or the labels are not
            whole numbers.
        ValueError: if shapes, labels or settings do not fit, or if training diverges until a
            weight no longer fits float32. The model is then as it was before.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> points = rng.normal(size=(200, 2)).astype(np.float32)
        >>> classes = (points[:, 0] > points[:, 1]).astype(int)
        >>> model = Sequential(Linear(2, 2, rng=rng))
        >>> losses = fit(model, points, classes, epochs=20)
        >>> losses[-1] < losses[0], accuracy(model, points, classes) > 0.95
        (True, True)
    """
    layers = _trainable_layers(model)
    features, targets = _checked_data(layers, inputs, labels)
    for name, value, valid in (
        ("epochs", epochs, epochs >= 1),
        ("batch_size", batch_size, batch_size >= 1),
        ("learning_rate", learning_rate, learning_rate > 0),
        ("momentum", momentum, 0 <= momentum < 1),
        ("weight_decay", weight_decay, weight_decay >= 0),
    ):
        if not valid:
            raise ValueError(f"fit: {name}={value} is outside its range")

    # By parameter and not by layer: a layer, or a Tensor, may be used in several places.
    parameters = {id(p): p for layer in layers for p in layer.parameters()}
    weights = {key: p.data.astype(np.float64) for key, p in parameters.items()}
    steps = {key: np.zeros_like(array) for key, array in weights.items()}
    shuffle = np.random.default_rng(seed)
    losses = []
    for _ in track(range(epochs), "training", progress):
        order = shuffle.permutation(len(features))
        total = 0.0
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            for start in range(0, len(order), batch_size):
                chosen = order[start : start + batch_size]
                loss, gradients = _loss_and_gradients(
                    layers, weights, features[chosen], targets[chosen]
                )
                total += loss * len(chosen)
                for key, array in weights.items():
                    decay = weight_decay * array if array.ndim == 2 else 0.0
                    steps[key] *= momentum
                    steps[key] -= learning_rate * (gradients[key] + decay)
                    array += steps[key]
        losses.append(total / len(order))
        # A loss that is NaN makes the weights NaN, and NaN fails the comparison as well.
        largest = [np.abs(array).max() for array in weights.values()]
        if not np.all(largest <= np.finfo(np.float32).max):
            raise ValueError(
                f"fit: training diverged in epoch {len(losses)} with a mean loss of "
                f"{losses[-1]:g}; the model is unchanged. Try a learning rate below {learning_rate}"
            )
    for key, parameter in parameters.items():
        parameter.data = weights[key].astype(np.float32)
    return losses


def accuracy(model: Any, inputs: Any, labels: Any) -> float:
    """Share of samples whose largest output is at the label's position.

    Args:
        model: any callable from (samples, features) to (samples, classes).
        inputs: Tensor or array of shape (samples, features).
        labels: integers of shape (samples,).

    Returns:
        A number from 0.0 to 1.0.

    Raises:
        TypeError: if the labels are not whole numbers.
        ValueError: if there are no samples, more or fewer labels than samples, or a NaN output.
    """
    labels = as_labels(labels, "accuracy")
    predictions = predict(model, inputs)
    if predictions.shape != labels.shape or labels.size == 0:
        raise ValueError(
            f"accuracy needs one label per sample and at least one sample, got labels of shape "
            f"{labels.shape} for predictions of shape {predictions.shape}"
        )
    return float(np.mean(predictions == labels))


def as_labels(labels: Any, name: str) -> NDArray[np.intp]:
    """Labels as integers; whole floats, such as a Tensor makes of a list, are taken too.

    Raises:
        TypeError: if they are not whole numbers.
    """
    array = np.asarray(labels)
    whole = array.dtype.kind in "iu" or (
        array.dtype.kind == "f" and bool((array == np.rint(array)).all())
    )
    if not whole:
        raise TypeError(f"{name} expects integer labels, got dtype {array.dtype}")
    return array.astype(np.intp)


def predict(model: Any, inputs: Any) -> NDArray[np.intp]:
    """The predicted class of every sample: the position of its largest output.

    Args:
        model: any callable from (samples, features) to (samples, classes).
        inputs: Tensor or array of shape (samples, features).

    Returns:
        Integers of shape (samples,).

    Raises:
        ValueError: if an output is NaN.
    """
    outputs: Array = np.asarray(model(inputs if isinstance(inputs, Tensor) else Tensor(inputs)))
    if np.isnan(outputs).any():
        raise ValueError("the model's outputs hold NaN, so they predict no class")
    return np.asarray(outputs.argmax(axis=-1))


def _trainable_layers(model: Any) -> list[Any]:
    layers = [layer for _, layer in flat_layers(model)]
    for layer in layers:
        if not (is_linear(layer) or type(layer) is ReLU):
            raise TypeError(f"fit can train Linear and ReLU layers, the model holds {layer!r}")
    if not any(isinstance(layer, Linear) for layer in layers):
        raise ValueError("fit: the model holds no Linear layer, so there is nothing to train")
    return layers


def _checked_data(layers: list[Any], inputs: Any, labels: Any) -> tuple[Array, NDArray[np.intp]]:
    linears = [layer for layer in layers if isinstance(layer, Linear)]
    features = np.asarray(inputs, dtype=np.float64)
    targets = as_labels(labels, "fit")
    expected = linears[0].in_features
    if features.ndim != 2 or features.shape[1] != expected or len(features) == 0:
        raise ValueError(
            f"fit expects inputs of shape (samples, {expected}), got shape {features.shape}"
        )
    if not np.isfinite(features).all():
        raise ValueError("fit: the inputs contain NaN or infinite values")
    if targets.shape != (len(features),):
        raise ValueError(
            f"fit expects {len(features)} labels, one per sample, got shape {targets.shape}"
        )
    classes = linears[-1].out_features
    if targets.min() < 0 or targets.max() >= classes:
        raise ValueError(
            f"fit: labels must lie from 0 to {classes - 1} for a model with {classes} outputs, "
            f"got {targets.min()} to {targets.max()}"
        )
    return features, targets


def _loss_and_gradients(
    layers: list[Any], weights: dict[int, Array], x: Array, targets: NDArray[np.intp]
) -> tuple[float, dict[int, Array]]:
    """Mean cross-entropy of one batch and its gradient, for every parameter by its id."""
    inputs = []
    for layer in layers:
        inputs.append(x)
        x = _forward(layer, weights, x)
    shifted = x - x.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(targets))
    loss = -float(log_probabilities[rows, targets].mean())

    gradient = np.exp(log_probabilities)
    gradient[rows, targets] -= 1.0
    gradient /= len(targets)
    gradients = {key: np.zeros_like(array) for key, array in weights.items()}
    for layer, entering in zip(reversed(layers), reversed(inputs), strict=True):
        if isinstance(layer, ReLU):
            gradient = gradient * (entering > 0)
            continue
        gradients[id(layer.weight)] += entering.T @ gradient
        if layer.bias is not None:
            gradients[id(layer.bias)] += gradient.sum(axis=0)
        gradient = gradient @ weights[id(layer.weight)].T
    return loss, gradients


def _forward(layer: Any, weights: dict[int, Array], x: Array) -> Array:
    if isinstance(layer, ReLU):
        return np.maximum(x, 0.0)
    product: Array = x @ weights[id(layer.weight)]
    return product if layer.bias is None else product + weights[id(layer.bias)]
