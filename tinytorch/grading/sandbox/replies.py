"""What comes back from a session is checked here to be a reply, before anybody looks into it."""

from __future__ import annotations

from typing import Any

from tinytorch.grading.sandbox.inside.protocol import MalformedMessageError
from tinytorch.grading.sandbox.inside.submission.code import Code, from_bytes
from tinytorch.grading.sandbox.inside.submission.forms import MAX_SOURCE, MAX_TOKENS, Form

Reply = dict[str, Any]
FRAME = [str, int, str, str]  # a file, the number of a line, a function, the line
MAX_FRAMES = 20


def checked_reply(reply: Any) -> Reply:
    """A reply to a request; raises MalformedMessageError if it does not have its form."""
    if isinstance(reply, dict) and set(reply) == {"value"}:
        return reply
    if not isinstance(reply, dict) or set(reply) != {"error", "message", "trace"}:
        raise MalformedMessageError("neither a value nor an error")
    if not isinstance(reply["error"], str) or not isinstance(reply["message"], str):
        raise MalformedMessageError("an error that is not described in words")
    trace = reply["trace"]
    if not isinstance(trace, list) or len(trace) > MAX_FRAMES:
        raise MalformedMessageError("an error without a traceback")
    for frame in trace:
        if not isinstance(frame, list) or [type(part) for part in frame] != FRAME:
            raise MalformedMessageError("a traceback that does not consist of frames")
    return reply


def checked_ready(reply: Any) -> Reply:
    """The reply of a process that has not begun yet."""
    if reply != {"ready": True}:
        raise MalformedMessageError("a process that has begun by itself")
    return {}


def checked_errors(reply: Any) -> list[dict[str, Any]]:
    """The reply to the statements, likewise."""
    errors = reply.get("errors") if isinstance(reply, dict) else None
    if not isinstance(errors, list):
        raise MalformedMessageError("no list of errors")
    expected = {"cell": str, "line": int, "type": str, "message": str}
    for error in errors:
        if not isinstance(error, dict) or {k: type(v) for k, v in error.items()} != expected:
            raise MalformedMessageError("an error that is not described as one")
    return errors


def checked_forms(reply: Any) -> dict[str, Form] | str:
    """The forms of the definitions in a file, or why it cannot be read."""
    if isinstance(reply, dict) and isinstance(reply.get("unreadable"), str):
        return str(reply["unreadable"])
    try:
        found = {name: Form(*each) for name, each in from_bytes(reply["forms"]).items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise MalformedMessageError(f"no forms of definitions: {error}") from None
    for source, tokens in found.values():
        if not isinstance(source, str) or not isinstance(tokens, list):
            raise MalformedMessageError("a form that is not one")
        if len(source) > MAX_SOURCE or len(tokens) > MAX_TOKENS:
            raise MalformedMessageError("a form that is too long")
        if not all(isinstance(each, str) for each in tokens):
            raise MalformedMessageError("a token that is not a text")
    return found


def checked_code(reply: Any) -> Code | str:
    """What was found in a file, or why it cannot be read."""
    if isinstance(reply, dict) and isinstance(reply.get("unreadable"), str):
        return str(reply["unreadable"])
    if not isinstance(reply, dict) or set(reply) != {"code"}:
        raise MalformedMessageError("neither statements nor a reason")
    return Code.from_bytes(reply["code"])
