"""A session, inside its process: runs a student's statements, then answers requests.

Or it finds the statements in a file and is done.

Nothing that a library raises, and no output, leaves this process: only replies do.
"""

from __future__ import annotations

import linecache
import os
import socket
import sys
import types
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from tinytorch.grading.sandbox.inside import notebook
from tinytorch.grading.sandbox.inside.channel import Channel, ChannelClosedError
from tinytorch.grading.sandbox.inside.codec import pack, unpack
from tinytorch.grading.sandbox.inside.executor import MAX_MESSAGE, MAX_NAME, Executor, failure
from tinytorch.grading.sandbox.inside.protocol import Message
from tinytorch.grading.sandbox.inside.submission.cells import UnreadableSubmissionError, cells_of
from tinytorch.grading.sandbox.inside.submission.code import from_bytes
from tinytorch.grading.sandbox.inside.submission.definitions import definitions
from tinytorch.grading.sandbox.inside.submission.forms import forms

FUTURE_FLAGS = 0x1FF0000  # the bits of code.co_flags that `from __future__ import` sets
MAX_ERRORS = 100  # of statements that are reported


def serve(connection: socket.socket) -> NoReturn:
    """Run statements, then answer requests until the grader closes the connection."""
    student = types.ModuleType("__main__")
    sys.modules["__main__"] = student
    notebook.install()
    try:
        channel = Channel(connection)
        opening = unpack(channel.receive())
        if "ready" in opening:  # the grader wants to look at this process first
            channel.send(pack(opening))
            opening = unpack(channel.receive())
        if "content" in opening:
            channel.send(pack(_code(**opening)))
            channel.receive()  # until the grader closes the connection
        proxies = types.ModuleType("proxies")
        exec(compile(opening["proxies"], "<proxies>", "exec"), proxies.__dict__)
        errors = run(from_bytes(opening["statements"]), student.__dict__)
        executor = Executor(student.__dict__)
        if opening["replaced"]:
            ask = _asking(channel, executor)
            made = proxies.reference_proxies(opening["replaced"], student.__dict__, ask)
            student.__dict__.update(made)
        channel.send(pack({"errors": errors[:MAX_ERRORS]}))
        while True:
            channel.send(_answer(executor, channel.receive()))
    except ChannelClosedError:
        os._exit(0)
    except BaseException:
        os._exit(1)


def _code(content: NDArray[np.uint8], ending: str, names: list[str], what: str) -> dict[str, Any]:
    """What is to be executed of a file or compared with others, or why it is no submission."""
    try:
        cells = cells_of(content.tobytes(), ending)
        if what == "forms":
            return {what: forms(cells, names)}
        return {what: definitions(cells, names).to_bytes()}
    except UnreadableSubmissionError as error:
        return {"unreadable": str(error)}
    except MemoryError:
        return {"unreadable": "reading it takes more memory than a submission may have"}


def _answer(executor: Executor, request: Message) -> Message:
    try:
        return executor.answer(request)
    except BaseException as error:
        return failure(type(error).__name__, _message(error))


def _asking(channel: Channel, executor: Executor) -> Callable[..., Any]:
    """What proxies call: it sends its arguments to the grader, and returns what comes back."""

    def ask(name: str, *values: Any) -> Any:
        channel.send(pack({"ask": name, "arguments": list(values)}, executor.refer))
        answer = unpack(channel.receive())
        if "error" in answer:
            raise ValueError(answer["message"])
        return answer["value"]

    return ask


def run(statements: list[list[Any]], namespace: dict[str, Any]) -> list[dict[str, Any]]:
    """Run statements one by one, each whatever became of the ones before.

    Statements that need a name which is bound only further down run again after the others, until
    that helps none of them, because the cells of a notebook may be in any order.

    Args:
        statements: (name of the cell, number of the first line, source) of each.
        namespace: the globals that they run in.

    Returns:
        What they raised: dicts with "cell", "line", "type" and "message".
    """
    flags = _future_flags(statements)
    errors: dict[int, dict[str, Any]] = {}
    tried: list[int] = []
    waiting = list(range(len(statements)))
    while waiting != tried:
        for n in waiting:
            errors.pop(n, None)
            name, first, source = statements[n]
            if error := _execute(name, first, source, namespace, flags):
                errors[n] = error
        tried = waiting
        waiting = [n for n in sorted(errors) if errors[n]["type"] == "NameError"]
    return [errors[n] for n in sorted(errors)]


def _future_flags(statements: list[list[Any]]) -> int:
    """What `from __future__ import` asks for, which then holds for all statements."""
    flags = 0
    for name, _, source in statements:
        if source.startswith("from __future__"):
            with suppress(SyntaxError):
                flags |= compile(source, name, "exec", dont_inherit=True).co_flags & FUTURE_FLAGS
    return flags


def _execute(
    name: str, first: int, source: str, namespace: dict[str, Any], flags: int
) -> dict[str, Any] | None:
    """Run a statement; returns what it raised."""
    # Tracebacks show the lines of a file that there is in memory only.
    lines = linecache.getlines(name)
    linecache.cache[name] = (0, None, lines, name)
    own = source.splitlines(keepends=True)
    lines += ["\n"] * (first - 1 + len(own) - len(lines))
    lines[first - 1 : first - 1 + len(own)] = own
    try:
        text = "\n" * (first - 1) + source
        exec(compile(text, name, "exec", flags=flags, dont_inherit=True), namespace)
    except BaseException as error:
        return _described(error, name, first)
    return None


def _described(error: BaseException, name: str, first: int) -> dict[str, Any]:
    line = first
    if isinstance(error, SyntaxError) and error.filename == name:
        line = error.lineno or first
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == name:
            line = step.tb_lineno
        step = step.tb_next
    kind = type(error).__name__[:MAX_NAME]
    return {"cell": name, "line": line, "type": kind, "message": _message(error)[:MAX_MESSAGE]}


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:
        return "its message cannot be read"
