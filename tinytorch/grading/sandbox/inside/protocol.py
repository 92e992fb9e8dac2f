"""Messages between the grader and a sandbox, as bytes: JSON and raw array buffers, never pickle.

A message is a 4-byte length, an 8-byte length, a JSON document of the first length, and the
buffers of its arrays of the second length, one after the other. In the document an array is
`{"nd": [dtype, shape]}`; no other dict in a message may have the key "nd".

The reader believes nothing: it looks at the sizes before it reads, and at the depth, number and
kind of all parts before it hands out any of them. The writer checks the same, so that an odd value
is an error where it was made. Both sides use this file, which needs NumPy alone.
"""

from __future__ import annotations

import json
import math
import struct
from typing import Any, NamedTuple

import numpy as np

HEADER = struct.Struct(">IQ")
DTYPES = frozenset(
    ["|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8"]
)


class Malformed(Exception):
    """A message is not what a message may be; the text says in what."""


class Limits(NamedTuple):
    """How large a message and its parts may be."""

    total: int = 64 << 20
    document: int = 1 << 20
    parts: int = 100_000
    depth: int = 20
    text: int = 100_000
    dimensions: int = 8


LIMITS = Limits()


def pack(message: Any, limits: Limits = LIMITS) -> list[bytes]:
    """Turn a message into the pieces of bytes that stand for it.

    Args:
        message: None, numbers, text, arrays, lists and dicts with text as keys.
        limits: what it must keep to.

    Returns:
        The header, the document and the buffers.

    Raises:
        Malformed: if the message holds anything else, or more than the limits allow.
    """
    buffers: list[bytes] = []
    document = json.dumps(_plain(message, buffers, 0, [limits.parts], limits)).encode()
    size = sum(map(len, buffers))
    check_sizes(len(document), size, limits)
    return [HEADER.pack(len(document), size), document, *buffers]


def unpack(document: bytes, buffers: bytearray, limits: Limits = LIMITS) -> Any:
    """Turn a document and the buffers of its arrays into a message.

    Raises:
        Malformed: if it breaks any rule; nothing is handed out then.
    """
    try:
        plain = json.loads(document.decode("utf-8"), parse_int=_parsed_integer)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"no JSON document came: {error}") from None
    rest = memoryview(buffers)
    message, rest = _restored(plain, rest, 0, [limits.parts], limits)
    if len(rest):
        raise Malformed(f"{len(rest)} bytes belong to no array")
    return message


def check_sizes(document: int, buffers: int, limits: Limits) -> None:
    """Check the lengths that a message begins with.

    Raises:
        Malformed: if they are too large.
    """
    if document > limits.document:
        raise Malformed(f"{document} bytes of lists and text are more than {limits.document}")
    if buffers > limits.total:
        raise Malformed(f"{buffers} bytes of arrays are more than {limits.total}")


def _count(depth: int, left: list[int], limits: Limits) -> None:
    left[0] -= 1
    if left[0] < 0:
        raise Malformed(f"more than {limits.parts} values in one message")
    if depth > limits.depth:
        raise Malformed(f"lists and dicts are nested more than {limits.depth} deep")


def _plain(value: Any, buffers: list[bytes], depth: int, left: list[int], limits: Limits) -> Any:
    """What stands for a value in the document; the bytes of arrays go to `buffers`."""
    _count(depth, left, limits)
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int):
        return _checked_integer(value)
    if isinstance(value, str):
        if len(value) > limits.text:
            raise Malformed(f"a text of {len(value)} characters; {limits.text} are allowed")
        # Half a surrogate pair cannot be written to any file.
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, np.ndarray):
        array = np.asarray(value)
        little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
        if little.dtype.str not in DTYPES or little.ndim > limits.dimensions:
            raise Malformed(f"an array of dtype {array.dtype} and shape {array.shape}")
        buffers.append(little.tobytes())
        return {"nd": [little.dtype.str, list(little.shape)]}
    if isinstance(value, (list, tuple)):
        return [_plain(part, buffers, depth + 1, left, limits) for part in value]
    if isinstance(value, dict) and "nd" not in value and all(isinstance(k, str) for k in value):
        return {k: _plain(part, buffers, depth + 1, left, limits) for k, part in value.items()}
    raise Malformed(f"a {type(value).__name__} cannot be sent")


def _restored(
    plain: Any, rest: memoryview, depth: int, left: list[int], limits: Limits
) -> tuple[Any, memoryview]:
    """The value that stands in the document, and the bytes that are left after its arrays."""
    _count(depth, left, limits)
    if isinstance(plain, str):
        if len(plain) > limits.text:
            raise Malformed(f"a text of {len(plain)} characters; {limits.text} are allowed")
        if not plain.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in plain):
            raise Malformed("a text with half a character")
        return plain, rest
    if isinstance(plain, list):
        parts = []
        for part in plain:
            restored, rest = _restored(part, rest, depth + 1, left, limits)
            parts.append(restored)
        return parts, rest
    if isinstance(plain, dict):
        if "nd" in plain:
            return _restored_array(plain, rest, limits)
        made = {}
        for key, part in plain.items():
            _restored(key, rest, depth, left, limits)
            made[key], rest = _restored(part, rest, depth + 1, left, limits)
        return made, rest
    return plain, rest


def _restored_array(
    plain: dict[str, Any], rest: memoryview, limits: Limits
) -> tuple[Any, memoryview]:
    described = plain["nd"]
    if len(plain) != 1 or not isinstance(described, list) or len(described) != 2:
        raise Malformed("an array is not described as one")
    name, shape = described
    if not isinstance(name, str) or name not in DTYPES:
        raise Malformed("an array of a dtype that is not allowed")
    if not isinstance(shape, list) or len(shape) > limits.dimensions:
        raise Malformed("an array without a shape")
    if not all(type(size) is int and 0 <= size <= limits.total for size in shape):
        raise Malformed("an array with an impossible shape")
    dtype = np.dtype(name)
    size = math.prod(shape) * dtype.itemsize
    if size > len(rest):
        raise Malformed(f"an array of {size} bytes where {len(rest)} bytes came")
    # The copy is aligned, and no two arrays share memory.
    array = np.frombuffer(rest[:size], np.uint8 if name == "|b1" else dtype)
    array = array != 0 if name == "|b1" else array.copy()
    try:
        return array.reshape(shape), rest[size:]
    except ValueError:  # no bytes, but axes whose product is beyond all bounds
        raise Malformed("an array with an impossible shape") from None


def _checked_integer(value: int) -> int:
    if not -(2**63) <= value < 2**64:
        raise Malformed("an integer of more than 64 bits")
    return value


def _parsed_integer(digits: str) -> int:
    if len(digits) > 20:
        raise Malformed("an integer of more than 64 bits")
    return _checked_integer(int(digits))
