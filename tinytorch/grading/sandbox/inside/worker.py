"""A session, inside its process: runs a student's statements, then does what requests ask for.

No library's exception, and no output, leaves this process: there are replies alone.
"""

from __future__ import annotations

import linecache
import os
import socket
import sys
import types
from collections.abc import Callable
from typing import Any, NoReturn

from tinytorch.grading.sandbox.inside.channel import Channel, Closed
from tinytorch.grading.sandbox.inside.executor import Workshop
from tinytorch.grading.sandbox.inside.protocol import Malformed
from tinytorch.lessons.quantization.proxies import stand_ins

FUTURES = 0x1FF0000  # the bits of code.co_flags that `from __future__ import` sets


def serve(connection: socket.socket) -> NoReturn:
    """Run statements, then answer requests until the grader hangs up; never returns."""
    student = types.ModuleType("__main__")
    sys.modules["__main__"] = student
    try:
        channel = Channel(connection)
        opening = channel.receive()
        errors = _run(opening["statements"], student.__dict__)
        workshop = Workshop(student.__dict__)
        ask = _asking(channel, workshop)
        student.__dict__.update(stand_ins(opening["stand_ins"], student.__dict__, ask))
        channel.send({"errors": errors[:100]})
        while True:
            _send(channel, _reply(workshop, channel.receive()))
    except Closed:
        os._exit(0)
    except BaseException:
        os._exit(1)


def _send(channel: Channel, reply: dict[str, Any]) -> None:
    try:
        channel.send(reply)
    except Malformed as error:
        message = f"the value is no use: {error}"
        channel.send({"error": "ValueError", "message": message, "trace": []})


def _asking(channel: Channel, workshop: Workshop) -> Callable[..., Any]:
    """What stand-ins call: it sends its arguments to the grader, and returns what comes back."""

    def ask(name: str, *values: Any) -> Any:
        channel.send({"ask": name, "arguments": [workshop.encode(value) for value in values]})
        answer = channel.receive()
        if "error" in answer:
            raise ValueError(answer["message"])
        return workshop.decode(answer["value"])

    return ask


def _reply(workshop: Workshop, request: dict[str, Any]) -> dict[str, Any]:
    try:
        reply = workshop.answer(request)
    except BaseException as error:
        reply = {"error": type(error).__name__, "message": _message(error), "trace": []}
    if "error" in reply:
        reply["error"], reply["message"] = str(reply["error"])[:200], str(reply["message"])[:2000]
        reply["trace"] = [[file[:200], number, function[:200], line[:500]]
                          for file, number, function, line in reply["trace"]]  # fmt: skip
    return reply


def _run(statements: list[list[Any]], namespace: dict[str, Any]) -> list[dict[str, Any]]:
    """Run (file name, number of the first line, source) one by one, whatever the others do."""
    errors: list[dict[str, Any]] = []
    lines: dict[str, list[str]] = {}
    flags = 0
    for name, first, source in statements:
        # Tracebacks show the lines of a file that there is in memory only.
        known = lines.setdefault(name, [])
        own = source.splitlines(keepends=True)
        known += ["\n"] * (first - 1 + len(own) - len(known))
        known[first - 1 : first - 1 + len(own)] = own
        linecache.cache[name] = (len(source), None, known, name)
        try:
            text = "\n" * (first - 1) + source
            code = compile(text, name, "exec", flags=flags, dont_inherit=True)
            flags |= code.co_flags & FUTURES
            exec(code, namespace)
        except BaseException as error:
            errors.append(_error(error, name, first))
    return errors


def _error(error: BaseException, name: str, first: int) -> dict[str, Any]:
    line = first
    if isinstance(error, SyntaxError) and error.filename == name:
        line = error.lineno or first
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == name:
            line = step.tb_lineno
        step = step.tb_next
    kind = type(error).__name__[:200]
    return {"cell": name, "line": line, "type": kind, "message": _message(error)[:2000]}


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:
        return "its message cannot be read"
