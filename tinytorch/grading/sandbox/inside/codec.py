"""One codec for all values that cross the border of a sandbox, see `protocol` for their form.

The reader checks the depth, number and kind of all parts before it returns any of them. The writer
checks the same, so that an odd value is an error where it was made.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.tensor import Tensor
from tinytorch.grading.sandbox.inside.protocol import (
    DTYPES,
    LIMITS,
    Limits,
    MalformedMessageError,
    Message,
    NewLayer,
    RemoteReference,
    check_sizes,
)

Refer = Callable[[Any], RemoteReference]
Resolve = Callable[[Any], Any]


def refuse_object(value: Any) -> RemoteReference:
    """What the grader's side does with objects of other classes."""
    raise MalformedMessageError(f"a {type(value).__name__} cannot be sent")


def pack(value: Any, refer: Refer = refuse_object, limits: Limits = LIMITS) -> Message:
    """Turn a value into a message.

    Args:
        value: None, numbers, text, arrays, Tensors, lists, tuples, dicts, RemoteReferences and
            NewLayers, nested as the limits allow.
        refer: gives the reference for any other object.
        limits: what the message must keep to.

    Raises:
        MalformedMessageError: if the value cannot be sent, or exceeds a limit.
    """
    writer = _Writer(refer, limits)
    message = Message(json.dumps(writer.node(value, 0)).encode(), b"".join(writer.buffers))
    check_sizes(len(message.document), len(message.buffers), limits)
    return message


def unpack(message: Message, resolve: Resolve | None = None, limits: Limits = LIMITS) -> Any:
    """Turn a message into the value that was packed.

    Args:
        message: from the other side; nothing about it is trusted.
        resolve: turns RemoteReferences and NewLayers into objects, on the submission's side. By
            default references stay as they are, and NewLayers are refused.
        limits: what the message must keep to.

    Raises:
        MalformedMessageError: if it breaks any rule.
    """
    try:
        document = json.loads(message.document.decode("utf-8"), parse_int=_parsed_integer)
    except (ValueError, RecursionError) as error:
        raise MalformedMessageError(f"the document is not JSON: {error}") from None
    reader = _Reader(memoryview(message.buffers), resolve, limits)
    value = reader.value(document, 0)
    if len(reader.rest):
        raise MalformedMessageError(f"{len(reader.rest)} bytes belong to no array")
    return value


class _Walk:
    """Counts the parts of a message, in both directions."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.parts_left = limits.parts

    def count(self, depth: int) -> None:
        self.parts_left -= 1
        if self.parts_left < 0:
            raise MalformedMessageError(f"more than {self.limits.parts} values in one message")
        if depth > self.limits.depth:
            raise MalformedMessageError(f"values are nested more than {self.limits.depth} deep")

    def check_text(self, text: str) -> None:
        if len(text) > self.limits.text:
            raise MalformedMessageError(
                f"a text of {len(text)} characters; {self.limits.text} are allowed"
            )


class _Writer(_Walk):
    def __init__(self, refer: Refer, limits: Limits) -> None:
        super().__init__(limits)
        self.refer = refer
        self.buffers: list[bytes] = []

    def node(self, value: Any, depth: int) -> Any:
        """What stands for a value in the document; the bytes of arrays go to `buffers`."""
        self.count(depth)
        if isinstance(value, np.generic) and value.ndim == 0:
            value = value.item()
        if value is None or isinstance(value, (bool, float)):
            return value
        if isinstance(value, int):
            return _checked_integer(value)
        if isinstance(value, str):
            self.check_text(value)
            # Half a surrogate pair cannot be written to any file.
            return value.encode("utf-8", "replace").decode()
        if isinstance(value, np.ndarray):
            return {"array": self.array(value)}
        if isinstance(value, Tensor) and isinstance(value.data, np.ndarray):
            return {"tensor": self.array(value.data)}
        if isinstance(value, (list, tuple)):
            kind = "tuple" if isinstance(value, tuple) else "list"
            return {kind: [self.node(part, depth + 1) for part in value]}
        if isinstance(value, dict):
            return {
                "dict": [
                    [self.node(key, depth + 1), self.node(part, depth + 1)]
                    for key, part in value.items()
                ]
            }
        if isinstance(value, NewLayer):
            return {"layer": [value.kind, self.node(value.arguments, depth + 1)]}
        reference = value if isinstance(value, RemoteReference) else self.refer(value)
        return {"object": [reference.number, self.node(reference.type_name, depth)]}

    def array(self, value: NDArray[Any]) -> list[Any]:
        array = np.asarray(value)
        little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
        if little.dtype.str not in DTYPES or little.ndim > self.limits.dimensions:
            raise MalformedMessageError(f"an array of dtype {array.dtype} and shape {array.shape}")
        self.buffers.append(little.tobytes())
        return [little.dtype.str, list(little.shape)]


class _Reader(_Walk):
    def __init__(self, rest: memoryview, resolve: Resolve | None, limits: Limits) -> None:
        super().__init__(limits)
        self.rest, self.resolve = rest, resolve

    def value(self, node: Any, depth: int) -> Any:
        """The value that a node of the document stands for; `rest` loses the bytes of arrays."""
        self.count(depth)
        if node is None or isinstance(node, (bool, int, float)):
            return node
        if isinstance(node, str):
            return self.text(node)
        if not isinstance(node, dict) or len(node) != 1:
            raise MalformedMessageError("a value without a kind")
        ((kind, content),) = node.items()
        if not isinstance(content, list):
            raise MalformedMessageError("a value without content")
        if kind == "array":
            return self.array(content)
        if kind == "tensor":
            tensor = Tensor(np.float32(0))
            tensor.data = self.array(content)  # whatever its dtype: Tensor would convert some
            return tensor
        if kind in ("list", "tuple"):
            parts = [self.value(part, depth + 1) for part in content]
            return parts if kind == "list" else tuple(parts)
        if kind == "dict":
            return dict(self.pair(pair, depth + 1) for pair in content)
        if kind == "object":
            return self.reference(content)
        if kind == "layer" and self.resolve is not None:
            parts = [self.value(each, depth + 1) for each in content]
            if len(parts) != 2 or not isinstance(parts[0], str) or not isinstance(parts[1], tuple):
                raise MalformedMessageError("a layer that is not described as one")
            return self.resolve(NewLayer(*parts))
        raise MalformedMessageError("a value of an unknown kind")

    def text(self, text: Any) -> str:
        if not isinstance(text, str):
            raise MalformedMessageError("a name that is not text")
        self.check_text(text)
        if not text.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in text):
            raise MalformedMessageError("a text with half a character")
        return text

    def pair(self, pair: Any, depth: int) -> tuple[Any, Any]:
        if not isinstance(pair, list) or len(pair) != 2:
            raise MalformedMessageError("a dict whose entries are not pairs")
        key, part = (self.value(each, depth) for each in pair)
        if not isinstance(key, (str, int, float, type(None))):
            raise MalformedMessageError("a dict whose keys are not numbers or text")
        return key, part

    def reference(self, content: list[Any]) -> Any:
        if len(content) != 2 or type(content[0]) is not int or content[0] < 0:
            raise MalformedMessageError("a reference without a number")
        reference = RemoteReference(content[0], self.text(content[1]))
        return reference if self.resolve is None else self.resolve(reference)

    def array(self, described: list[Any]) -> NDArray[Any]:
        if len(described) != 2:
            raise MalformedMessageError("an array is not described as one")
        name, shape = described
        if not isinstance(name, str) or name not in DTYPES:
            raise MalformedMessageError("an array of a dtype that is not allowed")
        if not isinstance(shape, list) or len(shape) > self.limits.dimensions:
            raise MalformedMessageError("an array without a shape")
        if not all(type(size) is int and 0 <= size <= self.limits.total for size in shape):
            raise MalformedMessageError("an array with an impossible shape")
        dtype = np.dtype(name)
        size = math.prod(shape) * dtype.itemsize
        if size > len(self.rest):
            raise MalformedMessageError(
                f"an array of {size} bytes where {len(self.rest)} bytes came"
            )
        # The copy is aligned, and no two arrays share memory.
        array = np.frombuffer(self.rest[:size], np.uint8 if name == "|b1" else dtype)
        array = array != 0 if name == "|b1" else array.copy()
        self.rest = self.rest[size:]
        try:
            return array.reshape(shape)
        except ValueError:  # no bytes, but axes whose product is beyond all bounds
            raise MalformedMessageError("an array with an impossible shape") from None


def _checked_integer(value: int) -> int:
    if not -(2**63) <= value < 2**64:
        raise MalformedMessageError("an integer of more than 64 bits")
    return value


def _parsed_integer(digits: str) -> int:
    if len(digits) > 20:
        raise MalformedMessageError("an integer of more than 64 bits")
    return _checked_integer(int(digits))
