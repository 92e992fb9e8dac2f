"""What is to be executed of a submission, and how it crosses the border of a sandbox.

Sources may be longer than the texts of a message, so all of it goes as one array: the bytes of a
JSON document.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tinytorch.grading.sandbox.inside.protocol import MalformedMessageError

Bytes = NDArray[np.uint8]


class Statement(NamedTuple):
    """A statement to execute."""

    name: str  # of its cell, such as "cell 7", for tracebacks
    line: int  # of the cell, from 1, where the source begins
    source: str


class Code(NamedTuple):
    """What is to be executed of a submission."""

    statements: list[Statement]
    problems: dict[str, str]  # name -> why its last definition could not be read, one sentence
    binders: dict[str, Statement]  # name -> the last statement that binds it
    hints: dict[str, str]  # name -> why it may be missing or a stub, one sentence

    def to_bytes(self) -> Bytes:
        """All of it as an array of bytes."""
        return to_bytes(self._asdict())

    @classmethod
    def from_bytes(cls, content: Any) -> Code:
        """The code that `to_bytes` was called on.

        Raises:
            MalformedMessageError: if the content is not such an array.
        """
        try:
            parts = from_bytes(content)
            made = cls(
                [Statement(*each) for each in parts["statements"]],
                dict(parts["problems"]),
                {name: Statement(*each) for name, each in parts["binders"].items()},
                dict(parts["hints"]),
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise MalformedMessageError(f"no statements: {error}") from None
        for statement in [*made.statements, *made.binders.values()]:
            if [type(each) for each in statement] != [str, int, str]:
                raise MalformedMessageError("a statement that is not one")
        sentences = [*made.problems.values(), *made.hints.values()]
        if not all(isinstance(each, str) for each in sentences):
            raise MalformedMessageError("a problem that is not described in words")
        return made


def to_bytes(value: Any) -> Bytes:
    """A value of JSON as an array of bytes."""
    return np.frombuffer(json.dumps(value).encode(), np.uint8)


def from_bytes(content: Any) -> Any:
    """The value of JSON in an array of bytes.

    Raises:
        ValueError: if it does not hold any.
    """
    if not isinstance(content, np.ndarray) or content.dtype != np.uint8:
        raise ValueError("expected an array of bytes")
    return json.loads(content.tobytes())
