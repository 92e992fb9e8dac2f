"""The core: Tensor, the layers of a network, and training."""

from tinytorch.core import training
from tinytorch.core.activations import GELU, ReLU, Sigmoid, Softmax, Tanh
from tinytorch.core.layers import Dropout, Flatten, Linear, Sequential
from tinytorch.core.tensor import Tensor

__all__ = [
    "GELU",
    "Dropout",
    "Flatten",
    "Linear",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "Tensor",
    "training",
]
