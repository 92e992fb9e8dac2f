"""The three layers of a multilayer perceptron: Linear, ReLU and Sequential.

Every layer is callable, has `forward(x)` and `parameters()`. Weights are stored (in, out), so that
a layer computes `x @ weight + bias` with x of shape (..., in).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tinytorch.core.tensor import Tensor


class Layer:
    """What all layers share: they are called, and they have parameters."""

    def forward(self, x: Tensor) -> Tensor:
        """Compute the layer's output for the input x."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward")

    def parameters(self) -> list[Tensor]:
        """The layer's parameters, weight before bias; none by default."""
        return []

    def __call__(self, x: Tensor) -> Tensor:
        """Compute the layer's output: the same as forward(x)."""
        return self.forward(x)


class Linear(Layer):
    """An affine map: y = x @ weight + bias.

    The weights start normally distributed with variance 2 / in_features (He et al. 2015,
    arXiv:1502.01852, which suits ReLU), the bias at zero.

    Args:
        in_features: length of the input's last axis.
        out_features: length of the output's last axis.
        bias: whether to add a bias; without it, `bias` is None.
        rng: source of the starting weights, or a seed for one; a fresh one if not given.

    Attributes:
        weight: Tensor of shape (in_features, out_features), float32.
        bias: Tensor of shape (out_features,), float32, or None.

    Raises:
        ValueError: if a feature count is below 1.

    Example:
        >>> layer = Linear(3, 2, rng=np.random.default_rng(0))
        >>> layer(Tensor(np.zeros((5, 3)))).shape
        (5, 2)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        for name, value in (("in_features", in_features), ("out_features", out_features)):
            if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
                raise ValueError(f"Linear: {name} must be an integer of at least 1, got {value!r}")
        rng = np.random.default_rng(rng)
        self.in_features = int(in_features)
        self.out_features = int(out_features)
        start = rng.standard_normal((self.in_features, self.out_features), dtype=np.float32)
        self.weight = Tensor(start * np.float32(np.sqrt(2.0 / self.in_features)))
        self.bias = Tensor(np.zeros(self.out_features, dtype=np.float32)) if bias else None

    @classmethod
    def from_arrays(cls, weight: Any, bias: Any = None) -> Linear:
        """Make a layer of given weights; none are drawn at random.

        Args:
            weight: Tensor or array of shape (in_features, out_features), converted as by Tensor.
            bias: Tensor or array of shape (out_features,), or None for a layer without a bias.

        Raises:
            TypeError: if they hold integers, which may be codes.
            ValueError: if the shapes do not fit.

        Example:
            >>> Linear.from_arrays(np.ones((3, 2)), np.zeros(2))
            Linear(3, 2)
        """
        layer = cls.__new__(cls)
        layer.weight = weight if isinstance(weight, Tensor) else Tensor(weight)
        layer.bias = bias if bias is None or isinstance(bias, Tensor) else Tensor(bias)
        if layer.weight.ndim != 2 or layer.weight.size == 0:
            shape = layer.weight.shape
            raise ValueError(f"Linear: the weight must have shape (in, out), got shape {shape}")
        layer.in_features, layer.out_features = layer.weight.shape
        for tensor in layer.parameters():
            if tensor.dtype != np.float32:
                raise TypeError(f"Linear: parameters must be float32, got dtype {tensor.dtype}")
        if layer.bias is not None and layer.bias.shape != (layer.out_features,):
            expected, shape = (layer.out_features,), layer.bias.shape
            raise ValueError(f"Linear: the bias must have shape {expected}, got shape {shape}")
        return layer

    def forward(self, x: Tensor) -> Tensor:
        """Compute x @ weight + bias.

        Args:
            x: Tensor of shape (..., in_features).

        Returns:
            Tensor of shape (..., out_features).

        Raises:
            ValueError: if the last axis of x has another length.
        """
        x = as_layer_input(x, self)
        result = x.data @ self.weight.data
        if self.bias is not None:
            result = result + self.bias.data
        return Tensor(result)

    def parameters(self) -> list[Tensor]:
        """The weight, and the bias if there is one."""
        return [self.weight] if self.bias is None else [self.weight, self.bias]

    def __repr__(self) -> str:
        bias = "" if self.bias is not None else ", bias=False"
        return f"Linear({self.in_features}, {self.out_features}{bias})"


class ReLU(Layer):
    """The rectifier max(x, 0), element by element.

    Example:
        >>> ReLU()(Tensor([-1.0, 2.0])).data
        array([0., 2.], dtype=float32)
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return max(x, 0): same shape, same dtype."""
        x = x if isinstance(x, Tensor) else Tensor(x)
        return Tensor(np.maximum(x.data, 0))

    def __repr__(self) -> str:
        return "ReLU()"


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
        """The parameters of all layers in order; those of a shared layer once."""
        unique = {id(layer): layer for _, layer in leaf_layers(self)}
        # A plain function is a layer too, one without parameters.
        return [t for layer in unique.values() for t in getattr(layer, "parameters", list)()]

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"


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


def as_layer_input(x: Any, layer: Any) -> Tensor:
    """Take x as a Tensor whose last axis fits the layer, or say what does not fit.

    Args:
        x: Tensor or array of shape (..., layer.in_features).
        layer: a layer with `in_features`; it is named in the error.

    Raises:
        TypeError: if x holds int8 codes, which are not real numbers.
        ValueError: if the last axis has another length.
    """
    x = x if isinstance(x, Tensor) else Tensor(x)
    if x.dtype == np.int8:
        raise TypeError(
            f"{layer!r} expects real numbers, got int8, which looks like codes: use dequantize_int8"
        )
    if x.ndim == 0 or x.shape[-1] != layer.in_features:
        raise ValueError(
            f"{layer!r} expects inputs with {layer.in_features} features in the last axis, "
            f"got shape {x.shape}"
        )
    return x
