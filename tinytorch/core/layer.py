"""What all layers share, and how a layer takes its input."""

from __future__ import annotations

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


def as_layer_input(x: Any, layer: Any) -> Tensor:
    """Take x as a Tensor whose last axis fits the layer, or say what does not fit.

    Args:
        x: Tensor or array of shape (..., layer.in_features).
        layer: a layer with `in_features`; it is named in the error.

    Raises:
        TypeError: if x holds int8 codes, which are not real numbers.
        ValueError: if the last axis has another length.
    """
    x = as_real(x, layer)
    if x.ndim == 0 or x.shape[-1] != layer.in_features:
        raise ValueError(
            f"{layer!r} expects inputs with {layer.in_features} features in the last axis, "
            f"got shape {x.shape}"
        )
    return x


def as_real(x: Any, layer: Any) -> Tensor:
    """Take x as a Tensor of real numbers.

    Args:
        x: Tensor or array of any shape.
        layer: it is named in the error.

    Raises:
        TypeError: if x holds int8 codes, which are not real numbers.
    """
    x = x if isinstance(x, Tensor) else Tensor(x)
    if x.dtype == np.int8:
        raise TypeError(
            f"{layer!r} expects real numbers, got int8, which looks like codes: use dequantize_int8"
        )
    return x
