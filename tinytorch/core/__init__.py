"""The core: Tensor, the layers Linear, ReLU and Sequential, and training."""

from tinytorch.core import training
from tinytorch.core.layers import Linear, ReLU, Sequential
from tinytorch.core.tensor import Tensor

__all__ = ["Linear", "ReLU", "Sequential", "Tensor", "training"]
