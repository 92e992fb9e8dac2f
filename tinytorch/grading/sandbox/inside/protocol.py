"""What passes between the grader and a submission: messages of JSON and raw array buffers.

A message is a 4-byte length, an 8-byte length, a JSON document of the first length, and the buffers
of its arrays of the second length, one after the other. In the document, numbers, text and None
stand for themselves; everything else is an object with one key, its kind:

    {"list": [...]}  {"tuple": [...]}  {"dict": [[key, value], ...]}
    {"array": [dtype, shape]}  {"tensor": [dtype, shape]}
    {"object": [number, type name]}    what stays on the submission's side, see RemoteReference
    {"layer": [kind, arguments]}       a layer to be made there, see NewLayer

Nothing is pickled. `codec` turns values into messages and back, `channel` sends them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any, NamedTuple

HEADER = struct.Struct(">IQ")
DTYPES = frozenset(
    ["|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8"]
)


class MalformedMessageError(Exception):
    """A message breaks a rule of the protocol; the text says which."""


class Limits(NamedTuple):
    """How large a message and its parts may be."""

    total: int = 64 << 20  # bytes of arrays
    document: int = 1 << 20  # bytes of JSON
    parts: int = 100_000
    depth: int = 20
    text: int = 100_000  # characters of one string
    dimensions: int = 8


LIMITS = Limits()


class Message(NamedTuple):
    """A message in transit: the JSON document and the bytes of its arrays."""

    document: bytes
    buffers: bytes | bytearray

    def header(self) -> bytes:
        """The two lengths that a message begins with."""
        return HEADER.pack(len(self.document), len(self.buffers))


@dataclass(frozen=True)
class RemoteReference:
    """Stands for an object that stays where the submission runs.

    Attributes:
        number: what that side knows the object by.
        type_name: the name of the object's class.
    """

    number: int
    type_name: str = field(default="", compare=False)


@dataclass(frozen=True)
class NewLayer:
    """A layer of `tinytorch.core` that the other side makes.

    Attributes:
        kind: "linear", "relu" or "sequential".
        arguments: a weight and a bias (or None); nothing; layers or references to them.
    """

    kind: str
    arguments: tuple[Any, ...] = ()


def check_sizes(document: int, buffers: int, limits: Limits) -> None:
    """Check the lengths that a message begins with.

    Raises:
        MalformedMessageError: if they are too large.
    """
    if document > limits.document:
        raise MalformedMessageError(
            f"{document} bytes of lists and text are more than {limits.document}"
        )
    if buffers > limits.total:
        raise MalformedMessageError(f"{buffers} bytes of arrays are more than {limits.total}")
