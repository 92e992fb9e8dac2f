"""Linear: the layer that has weights, stored (in, out): y = x @ weight + bias, x (..., in)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.core.layer import Layer, as_layer_input
from tinytorch.core.product import matrix_product
from tinytorch.core.tensor import Tensor


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
        result = matrix_product(x.data, self.weight.data)
        if self.bias is not None:
            result = result + self.bias.data
        return Tensor(result)

    def parameters(self) -> list[Tensor]:
        """The weight, and the bias if there is one."""
        return [self.weight] if self.bias is None else [self.weight, self.bias]

    def __repr__(self) -> str:
        bias = "" if self.bias is not None else ", bias=False"
        return f"Linear({self.in_features}, {self.out_features}{bias})"
