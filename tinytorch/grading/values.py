"""What comes from a submission is checked here, on arrival: its type, its shape, its size.

A value of another kind raises `Wrong` with a sentence that says what was expected.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Wrong(AssertionError):
    """A submission gave something else than what was asked for; the message is for the student."""


class NotAttempted(Wrong):
    """What was asked for is a stub that raises NotImplementedError, or is not there."""


class Raised(Wrong):
    """A submission raised an exception.

    Args:
        what: was asked for.
        kind: the name of the exception's type.
        message: its text.
        trace: the student's own frames, each [file, number of the line, function, line].
    """

    def __init__(self, what: str, kind: str, message: str, trace: list[list[Any]]) -> None:
        place = f" at `{trace[-1][3]}`" if trace and trace[-1][3] else ""
        super().__init__(f"{what} raised {kind}{place}: {message[:300]}")
        self.kind = kind
        self.trace = [*map(_frame, trace), f"{kind}: {message[:300]}"] if trace else []


def _frame(frame: list[Any]) -> str:
    file, number, function, line = frame
    place = f"{file}, line {number}" + f", in {function}" * (function != "<module>")
    return f"{place}\n    {line}"


def tensor(values: Any) -> dict[str, Any]:
    """Encode an array for a request, as a Tensor."""
    array = np.asarray(values)
    return {"tensor": array if array.dtype == np.int8 else array.astype(np.float32)}


def as_array(value: Any, what: str, shape: tuple[int, ...]) -> Array:
    """Check that an encoded value is a Tensor of a shape."""
    array = value.get("tensor") if isinstance(value, dict) else None
    if not isinstance(array, np.ndarray):
        raise Wrong(f"{what} {described(value)} where a Tensor was expected")
    if array.shape != tuple(shape):
        raise Wrong(f"{what} a Tensor of shape {array.shape}; expected shape {tuple(shape)}")
    return array


def as_number(value: Any, what: str) -> float:
    """Check that an encoded value is a finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Wrong(f"{what} {described(value)} where a number was expected")
    if not math.isfinite(value):
        raise Wrong(f"{what} {value}, which is not finite")
    return value


def as_dict(value: Any, what: str) -> dict[str, Any]:
    """Check that an encoded value is a dict whose keys are text."""
    pairs = value.get("dict") if isinstance(value, dict) else None
    if pairs is None or not all(isinstance(key, str) for key, _ in pairs):
        raise Wrong(f"{what} {described(value)} where a dict was expected")
    return dict(pairs)


def described(value: Any) -> str:
    """Name the kind of an encoded value: "a float", "a Tensor", "a list of 2"."""
    if value is None:
        return "None"
    if not isinstance(value, dict):
        return f"{'an' if type(value) is int else 'a'} {type(value).__name__}"
    for kind in ("list", "tuple", "dict"):
        if kind in value:
            return f"a {kind} of {len(value[kind])}"
    if "object" in value:
        return f"an object of type {value.get('type')}"
    return "a Tensor" if "tensor" in value else "a NumPy array"
