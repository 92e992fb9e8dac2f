"""Checks that what came back from student code is a reply of `workshop`, as to its form.

The message is known to be plain data by then, see `wire`. Whether a value is the right one is up to
the tests.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.grading.sandbox.inside.protocol import Malformed

FRAME = [str, int, str, str]  # a file, the number of a line, a function, the line
MOST_FRAMES = 20


def checked_reply(reply: Any) -> dict[str, Any]:
    """Return a reply to a request.

    Raises:
        Malformed: if it is none.
    """
    if isinstance(reply, dict) and set(reply) == {"value"}:
        return {"value": checked_value(reply["value"])}
    if isinstance(reply, dict) and set(reply) == {"error", "message", "trace"}:
        if not isinstance(reply["error"], str) or not isinstance(reply["message"], str):
            raise Malformed("an error that is not described in words")
        return {**reply, "trace": _checked_trace(reply["trace"])}
    raise Malformed("neither a value nor an error")


def _checked_trace(trace: Any) -> list[Any]:
    if not isinstance(trace, list) or len(trace) > MOST_FRAMES:
        raise Malformed("an error without a traceback")
    for frame in trace:
        if not isinstance(frame, list) or [type(part) for part in frame] != FRAME:
            raise Malformed("a traceback that is none")
    return trace


def checked_value(value: Any) -> Any:
    """Return an encoded value.

    Raises:
        Malformed: if it is none.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if not isinstance(value, dict) or not value:
        raise Malformed("a value that is not encoded")
    kind = next(iter(value))
    content = value[kind]
    if kind == "object":
        named = set(value) <= {"object", "type"} and isinstance(value.get("type", ""), str)
        if named and type(content) is int and content >= 0:
            return value
    elif len(value) != 1:
        raise Malformed("a value with more than one kind")
    elif kind in ("array", "tensor"):
        if isinstance(content, np.ndarray):
            return value
    elif kind in ("list", "tuple") and isinstance(content, list):
        return {kind: [checked_value(part) for part in content]}
    elif kind == "dict" and isinstance(content, list):
        pairs = [pair for pair in content if isinstance(pair, list) and len(pair) == 2]
        if len(pairs) == len(content):
            return {kind: [[checked_value(part) for part in pair] for pair in content]}
    raise Malformed("a value of a kind that there is not")


def checked_errors(reply: Any) -> dict[str, Any]:
    """Return the reply to the statements: what they raised.

    Raises:
        Malformed: if it is none.
    """
    errors = reply.get("errors") if isinstance(reply, dict) else None
    if not isinstance(errors, list):
        raise Malformed("no list of errors")
    for error in errors:
        if not isinstance(error, dict) or set(error) != {"cell", "line", "type", "message"}:
            raise Malformed("an error that is not described as one")
        if type(error["line"]) is not int:
            raise Malformed("an error whose line is no number")
        if not all(isinstance(error[name], str) for name in ("cell", "type", "message")):
            raise Malformed("an error that is not described in words")
    return {"errors": errors}
