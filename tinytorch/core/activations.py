"""Activations: what stands between Linear layers, element by element (Softmax: row by row).

They compute in float32 and keep the shape. `tinytorch.perf.deploy.export_onnx` writes each as the
operator of ONNX that it equals: ReLU bit for bit, the others to within 1e-6, since engines
approximate the exponential.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layer import Layer, as_real
from tinytorch.core.tensor import Tensor

_ERF = np.frompyfunc(math.erf, 1, 1)


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


class Sigmoid(Layer):
    """The logistic function 1 / (1 + exp(-x)), element by element, from 0 to 1.

    Example:
        >>> Sigmoid()(Tensor([-1000.0, 0.0])).data
        array([0. , 0.5], dtype=float32)
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return 1 / (1 + exp(-x)): same shape, float32."""
        values = _float64(x, self)
        # exp(-|x|) cannot overflow.
        small = np.exp(-np.abs(values))
        return Tensor(np.where(values >= 0, 1.0, small) / (1.0 + small))

    def __repr__(self) -> str:
        return "Sigmoid()"


class Tanh(Layer):
    """The hyperbolic tangent, element by element, from -1 to 1.

    Example:
        >>> Tanh()(Tensor([0.0, 100.0])).data
        array([0., 1.], dtype=float32)
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return tanh(x): same shape, float32."""
        return Tensor(np.tanh(_float64(x, self)))

    def __repr__(self) -> str:
        return "Tanh()"


class GELU(Layer):
    """The Gaussian error linear unit x * P(N(0, 1) <= x) = x / 2 * (1 + erf(x / sqrt(2))).

    This is the exact one (Hendrycks and Gimpel 2016, arXiv:1606.08415), as in PyTorch's default,
    and not one of its approximations by tanh or the logistic function.

    Example:
        >>> GELU()(Tensor([-1.0, 0.0, 1.0])).data
        array([-0.15865526,  0.        ,  0.8413448 ], dtype=float32)
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return x / 2 * (1 + erf(x / sqrt(2))): same shape, float32."""
        values = _float64(x, self)
        erf = np.asarray(_ERF(values / math.sqrt(2.0)), dtype=np.float64)
        return Tensor(values / 2.0 * (1.0 + erf))

    def __repr__(self) -> str:
        return "GELU()"


class Softmax(Layer):
    """exp(x) / sum(exp(x)) along the last axis: positive numbers that add up to 1.

    Example:
        >>> Softmax()(Tensor([[0.0, 0.0], [1000.0, 0.0]])).data
        array([[0.5, 0.5],
               [1. , 0. ]], dtype=float32)
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the shares along the last axis: same shape, float32.

        Raises:
            ValueError: if x has no axis.
        """
        values = _float64(x, self)
        if values.ndim == 0:
            raise ValueError("Softmax() expects at least one axis, got shape ()")
        if values.size == 0:
            return Tensor(values)
        # The largest becomes exp(0) = 1: nothing overflows, and the sum is never zero.
        powers = np.exp(values - values.max(axis=-1, keepdims=True))
        return Tensor(powers / powers.sum(axis=-1, keepdims=True))

    def __repr__(self) -> str:
        return "Softmax()"


def _float64(x: Any, layer: Layer) -> NDArray[np.float64]:
    return as_real(x, layer).data.astype(np.float64)
