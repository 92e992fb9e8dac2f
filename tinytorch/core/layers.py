"""The layers of a network: Sequential, Dropout and Flatten here, Linear and activations with them.

Every layer is callable, has `forward(x)` and `parameters()`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tinytorch.core.activations import GELU, ReLU, Sigmoid, Softmax, Tanh
from tinytorch.core.layer import Layer, as_layer_input, as_real
from tinytorch.core.linear import Linear
from tinytorch.core.tensor import Tensor

__all__ = [
    "GELU",
    "Dropout",
    "Flatten",
    "Layer",
    "Linear",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "as_layer_input",
    "leaf_layers",
]


class Sequential(Layer):
    """Layers applied one after another; a Sequential may hold other Sequentials.

    Args:
        *layers: the layers in order, or one list of them.

    Attributes:
        layers: the list of layers, which may be edited.

    Raises:
        TypeError: if something that is not callable is given as a layer.

    Example:
        >>> model = Sequential(Linear(4, 3), ReLU(), Sequential(Linear(3, 2)))
        >>> model
        Sequential(Linear(4, 3), ReLU(), Sequential(Linear(3, 2)))
        >>> sum(tensor.size for tensor in model.parameters())
        23
    """

    def __init__(self, *layers: Any) -> None:
        if len(layers) == 1 and isinstance(layers[0], (list, tuple)):
            layers = tuple(layers[0])
        for position, layer in enumerate(layers):
            if not callable(layer) or isinstance(layer, type):
                raise TypeError(
                    f"Sequential: layer {position} must be a layer such as Linear(64, 10), "
                    f"got {layer!r}"
                )
        self.layers: list[Any] = list(layers)

    def forward(self, x: Tensor) -> Tensor:
        """Pass x through every layer in order."""
        for layer in self.layers:
            x = layer(x)
        return x if isinstance(x, Tensor) else Tensor(x)

    def parameters(self) -> list[Tensor]:
        """The parameters of all layers in order; one that is in two places once."""
        unique = {id(layer): layer for _, layer in leaf_layers(self)}
        # A plain function is a layer too, one without parameters.
        all_of_them = [t for each in unique.values() for t in getattr(each, "parameters", list)()]
        return list({id(tensor): tensor for tensor in all_of_them}.values())

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"


class Dropout(Layer):
    """Sets a share of its inputs to zero in training, and does nothing at inference.

    What is kept is divided by 1 - p, so that sums are expected to stay as they are (Srivastava et
    al. 2014, "Dropout", with the factor in training).

    Args:
        p: probability that an element is set to zero, from 0 up to but not including 1.
        rng: source of the choice, or a seed for one; a fresh one if not given.

    Raises:
        ValueError: if p lies outside its range.

    Example:
        >>> layer = Dropout(0.5, rng=0)
        >>> layer(Tensor([1.0, 2.0])).data
        array([1., 2.], dtype=float32)
        >>> layer.forward(Tensor([1.0, 2.0]), training=True).data
        array([2., 0.], dtype=float32)
    """

    def __init__(self, p: float = 0.5, rng: np.random.Generator | int | None = None) -> None:
        if not 0 <= p < 1:
            raise ValueError(f"Dropout: p must be from 0 up to but not including 1, got {p!r}")
        self.p = float(p)
        self._rng = np.random.default_rng(rng)

    def forward(self, x: Tensor, training: bool = False) -> Tensor:
        """Return x at inference, and x with zeros in training: same shape."""
        x = as_real(x, self)
        if not training:
            return x
        kept = self._rng.random(x.shape) >= self.p
        return Tensor(np.where(kept, x.data / np.float32(1 - self.p), np.float32(0)))

    def __call__(self, x: Tensor, training: bool = False) -> Tensor:
        """The same as forward."""
        return self.forward(x, training)

    def __repr__(self) -> str:
        return f"Dropout({self.p:g})"


class Flatten(Layer):
    """Puts all axes behind the first, such as the rows and columns of images, into one.

    Example:
        >>> Flatten()(Tensor(np.zeros((5, 28, 28)))).shape
        (5, 784)
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return a Tensor of shape (samples, features) with the same elements.

        Raises:
            ValueError: if x has no axis.
        """
        x = as_real(x, self)
        if x.ndim == 0:
            raise ValueError("Flatten() expects an axis of samples, got shape ()")
        features = int(np.prod(x.shape[1:]))
        return x.reshape(x.shape[0], features)

    def __repr__(self) -> str:
        return "Flatten()"


def leaf_layers(model: Sequential) -> Iterator[tuple[str, Any]]:
    """Walk the layers of a model in the order they run, going into nested Sequentials.

    Yields:
        (name, layer), where the name is the path of positions, such as "0" or "2.1". A layer that
        appears twice comes twice.

    Raises:
        TypeError: if the model is not a Sequential.
        ValueError: if a Sequential contains itself.

    Example:
        >>> [name for name, _ in leaf_layers(Sequential(ReLU(), Sequential(ReLU(), ReLU())))]
        ['0', '1.0', '1.1']
    """
    if not isinstance(model, Sequential):
        raise TypeError(f"expected a Sequential, got {type(model).__name__}")

    def walk(
        container: Sequential, prefix: str, above: tuple[int, ...]
    ) -> Iterator[tuple[str, Any]]:
        if id(container) in above:
            raise ValueError(f"the Sequential at '{prefix[:-1]}' contains itself")
        for position, layer in enumerate(container.layers):
            if isinstance(layer, Sequential):
                yield from walk(layer, f"{prefix}{position}.", (*above, id(container)))
            else:
                yield f"{prefix}{position}", layer

    return walk(model, "", ())
