"""What comes from a submission is checked here, on arrival: its type, its shape, its size.

A value of another kind raises `CheckError` with a sentence that says what was expected.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.tensor import Tensor
from tinytorch.grading.sandbox.inside.protocol import RemoteReference

Array = NDArray[Any]
MAX_QUOTED = 300  # characters of an exception's message


class CheckError(AssertionError):
    """A submission gave something else than was expected; the message is for the student."""


class NotAttemptedError(CheckError):
    """What was asked for is a stub that raises NotImplementedError, or is not defined."""


class SubmissionRaisedError(CheckError):
    """A submission raised an exception.

    Args:
        what: was asked for.
        kind: the name of the exception's type.
        message: its text.
        trace: the student's own frames, each [file, number of the line, function, line].
    """

    def __init__(self, what: str, kind: str, message: str, trace: list[list[Any]]) -> None:
        super().__init__(f"{what} raised {kind}{_place(trace)}: {message[:MAX_QUOTED]}")
        self.kind = kind
        self.trace = [*map(_frame, trace), f"{kind}: {message[:MAX_QUOTED]}"] if trace else []


def _place(trace: list[list[Any]]) -> str:
    """The line that raised, and the first of the lines that led to it from another function."""
    if not trace or not trace[-1][3]:
        return ""
    (*_, caller, call), (*_, function, line) = trace[0], trace[-1]
    came = f" in {function}, called by `{call}` in {caller}" if caller != function and call else ""
    return f" at `{line}`{came}"


def _frame(frame: list[Any]) -> str:
    file, number, function, line = frame
    place = f"{file}, line {number}" + f", in {function}" * (function != "<module>")
    return f"{place}\n    {line}"


def tensor(values: Any) -> Tensor:
    """The Tensor that tests send for an array: int8 codes stay, all else becomes float32."""
    array = np.asarray(values)
    return Tensor(array if array.dtype == np.int8 else array.astype(np.float32))


def as_array(value: Any, what: str, shape: tuple[int, ...]) -> Array:
    """The array of a value that has to be a Tensor of a shape."""
    if not isinstance(value, Tensor):
        raise CheckError(f"{what} {described(value)} where a Tensor was expected")
    if value.data.shape != tuple(shape):
        raise CheckError(f"{what} a Tensor of shape {value.shape}; expected shape {tuple(shape)}")
    return value.data


def as_number(value: Any, what: str) -> float:
    """A value that has to be a finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise CheckError(f"{what} {described(value)} where a number was expected")
    if not math.isfinite(value):
        raise CheckError(f"{what} {value}, which is not finite")
    return value


def as_dict(value: Any, what: str) -> dict[str, Any]:
    """A value that has to be a dict whose keys are text."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise CheckError(f"{what} {described(value)} where a dict was expected")
    return value


def described(value: Any) -> str:
    """Name the kind of a value: "a float", "a Tensor", "a list of 2"."""
    if value is None:
        return "None"
    if isinstance(value, (list, tuple, dict)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, RemoteReference) and value.type_name == Tensor.__name__:
        return "an object of a class Tensor that is not tinytorch.core's (defined in the notebook?)"
    if isinstance(value, RemoteReference):
        return f"an object of type {value.type_name}"
    if isinstance(value, np.ndarray):
        return "a NumPy array"
    return f"{'an' if type(value) is int else 'a'} {type(value).__name__}"
