"""Tensor: one NumPy array with the operations that a small network needs.

A Tensor is a thin wrapper. It never copies an array that already has a dtype it can keep, and it
keeps the dtype of integer arrays, so that int8 codes really take one byte each. There is no
autograd here: `tinytorch.core.training` writes its gradients out by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinytorch.core.product import matrix_product


class Tensor:
    """An n-dimensional array of one dtype.

    Python numbers, lists and float arrays become float32. Arrays of integers or booleans keep
    their dtype. An array that already has the right dtype is wrapped, not copied.

    Args:
        data: a number, a nested list of numbers, a NumPy array or another Tensor.

    Raises:
        TypeError: if the data are not real numbers (text, objects, complex numbers).
        ValueError: if a nested list is ragged, or a number is finite but beyond float32.

    Example:
        >>> Tensor([1, 2, 3]).dtype
        dtype('float32')
        >>> codes = np.array([-128, 127], dtype=np.int8)
        >>> Tensor(codes).nbytes, Tensor(codes).data is codes
        (2, True)
    """

    # NumPy's own operators step back for this class: array * tensor is a Tensor.
    __array_priority__ = 100.0

    def __init__(self, data: Any) -> None:
        self.data: NDArray[Any] = _as_array(data)

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return self.data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The NumPy dtype of the elements."""
        return self.data.dtype

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.data.size

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.data.ndim

    @property
    def nbytes(self) -> int:
        """Bytes that the elements take: size times the bytes of one element."""
        return self.data.nbytes

    @property
    def T(self) -> Tensor:
        """The transposed view, shape reversed."""
        return Tensor(self.data.T)

    def reshape(self, *shape: Any) -> Tensor:
        """The same elements in another shape; one length may be -1.

        Example:
            >>> Tensor([[1, 2], [3, 4]]).reshape(4).shape
            (4,)
        """
        return Tensor(self.data.reshape(*shape))

    def transpose(self, *axes: Any) -> Tensor:
        """A view with the axes in another order; reversed if none is given, as in NumPy."""
        return Tensor(self.data.transpose(*axes))

    def sum(self, axis: Any = None, keepdims: bool = False, **numpy: Any) -> Any:
        """The sum of all elements, a Tensor of shape (), or along one axis or several.

        Example:
            >>> float(Tensor([[1, 2], [3, 4]]).sum()), Tensor([[1, 2], [3, 4]]).max(axis=1).data
            (10.0, array([2., 4.], dtype=float32))
        """
        return _reduced(self.data.sum(axis, keepdims=keepdims, **numpy), numpy)

    def mean(self, axis: Any = None, keepdims: bool = False, **numpy: Any) -> Any:
        """The mean of all elements, or along axes."""
        return _reduced(self.data.mean(axis, keepdims=keepdims, **numpy), numpy)

    def max(self, axis: Any = None, keepdims: bool = False, **numpy: Any) -> Any:
        """The largest element, or those along axes."""
        return _reduced(self.data.max(axis, keepdims=keepdims, **numpy), numpy)

    def min(self, axis: Any = None, keepdims: bool = False, **numpy: Any) -> Any:
        """The smallest element, or those along axes."""
        return _reduced(self.data.min(axis, keepdims=keepdims, **numpy), numpy)

    def argmax(self, axis: int | None = None, keepdims: bool = False, **numpy: Any) -> Any:
        """The position of the largest element, or those along an axis."""
        return _reduced(self.data.argmax(axis, keepdims=keepdims, **numpy), numpy)

    def matmul(self, other: Any) -> Tensor:
        """Matrix product: (..., n, k) @ (..., k, m) -> (..., n, m).

        Raises:
            ValueError: if the inner lengths differ; both shapes are named.
        """
        return Tensor(matrix_product(self.data, _as_array(other)))

    def __matmul__(self, other: Any) -> Tensor:
        return self.matmul(other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return Tensor(other).matmul(self)

    def __add__(self, other: Any) -> Tensor:
        return Tensor(self.data + _operand(other))

    def __radd__(self, other: Any) -> Tensor:
        return Tensor(_operand(other) + self.data)

    def __sub__(self, other: Any) -> Tensor:
        return Tensor(self.data - _operand(other))

    def __rsub__(self, other: Any) -> Tensor:
        return Tensor(_operand(other) - self.data)

    def __mul__(self, other: Any) -> Tensor:
        return Tensor(self.data * _operand(other))

    def __rmul__(self, other: Any) -> Tensor:
        return Tensor(_operand(other) * self.data)

    def __truediv__(self, other: Any) -> Tensor:
        return Tensor(self.data / _operand(other))

    def __rtruediv__(self, other: Any) -> Tensor:
        return Tensor(_operand(other) / self.data)

    def __neg__(self) -> Tensor:
        return Tensor(-self.data)

    # Comparisons go element by element and give Tensors of booleans, as in NumPy.
    def __eq__(self, other: Any) -> Tensor:  # type: ignore[override]
        return Tensor(self.data == _operand(other))

    def __ne__(self, other: Any) -> Tensor:  # type: ignore[override]
        return Tensor(self.data != _operand(other))

    def __lt__(self, other: Any) -> Tensor:
        return Tensor(self.data < _operand(other))

    def __le__(self, other: Any) -> Tensor:
        return Tensor(self.data <= _operand(other))

    def __gt__(self, other: Any) -> Tensor:
        return Tensor(self.data > _operand(other))

    def __ge__(self, other: Any) -> Tensor:
        return Tensor(self.data >= _operand(other))

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self.data)

    def __getitem__(self, index: Any) -> Tensor:
        return Tensor(self.data[_operand(index)])

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("a Tensor of shape () holds one number and has no length")
        return len(self.data)

    def __iter__(self) -> Iterator[Tensor]:
        return (self[row] for row in range(len(self)))

    def __float__(self) -> float:
        return float(self.data)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        if copy:
            return np.array(self.data, dtype=dtype)
        converted = np.asarray(self.data, dtype=dtype)
        if copy is False and converted is not self.data:
            raise ValueError(f"{self.dtype} cannot be given as {converted.dtype} without a copy")
        return converted

    def __repr__(self) -> str:
        values = np.array2string(
            self.data, precision=4, threshold=20, edgeitems=2, prefix="Tensor("
        )
        return f"Tensor({values}, shape={self.shape}, dtype={self.dtype})"


def _as_array(data: Any) -> NDArray[Any]:
    """Make an array with a dtype that a Tensor can hold, copying only if it must."""
    if isinstance(data, Tensor):
        return data.data
    given_as_array = hasattr(data, "__array__")  # NumPy's, PyTorch's, any library's
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise ValueError(f"Tensor: the nested list is ragged or not numeric ({error})") from error
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"Tensor holds real numbers, got {type(data).__name__} with dtype {array.dtype}"
        )
    if array.dtype.kind == "f" or not given_as_array:
        try:
            with np.errstate(over="raise"):
                return array.astype(np.float32, copy=False)
        except FloatingPointError:
            largest = float(np.abs(array[np.isfinite(array)]).max())
            raise ValueError(
                f"Tensor: {largest:g} is beyond float32, whose largest number is 3.4e38"
            ) from None
    return array


def _reduced(result: Any, numpy: dict[str, Any]) -> Any:
    """np.sum(tensor) calls tensor.sum with arguments of its own, and gets a number of NumPy's."""
    return result if numpy else Tensor(result)


def _operand(value: Any) -> Any:
    """The array inside a Tensor; anything else as it is, so that NumPy's dtype rules hold."""
    return value.data if isinstance(value, Tensor) else value
