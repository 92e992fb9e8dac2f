"""Runs what a grading suite asks for on a student's definitions, and replies in plain data.

A request is a dict such as `{"do": "call", "target": "quantize_int8", "arguments": [...]}`.
Numbers, text, arrays and Tensors go both ways as copies; any other object stays here, and the reply
holds a reference to it.
"""

from __future__ import annotations

import ctypes
import gc
import traceback
import tracemalloc
import warnings
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from io import StringIO
from typing import Any, TextIO

from tinytorch.core import Linear, ReLU, Sequential
from tinytorch.grading.sandbox.inside.codec import pack, unpack
from tinytorch.grading.sandbox.inside.protocol import (
    MalformedMessageError,
    Message,
    NewLayer,
    RemoteReference,
)

MAX_FRAMES = 10  # of a traceback; recursions have a thousand
MAX_NAME, MAX_MESSAGE, MAX_LINE = 200, 2000, 500  # characters in the reply to a failed request


class UndefinedError(Exception):
    """The submission has no such name."""


@dataclass
class _Kept:
    """A value that stays here although it could be sent."""

    value: Any


class Executor:
    """Calls a student's definitions.

    Args:
        namespace: names and what the student defined for them; the functions in it must have it
            as their globals, so that `replaced` reaches them.
    """

    def __init__(self, namespace: MutableMapping[str, Any]) -> None:
        self.namespace = namespace
        self.output: TextIO | None = None  # takes what is printed; by default nobody does
        self._numbers: dict[int, int] = {}  # id -> position in _objects
        self._objects: list[Any] = []
        self._before: int | None = None  # traced bytes when measuring began
        self._own_trace = False

    def answer(self, message: Message) -> Message:
        """Do what a request asks for.

        Args:
            message: a dict with "do" and what that needs, packed.

        Returns:
            A packed dict: {"value": what came} or {"error": type name, "message": text, "trace":
            frames}, where a frame of the student's own is [file, number of the line, function,
            line].
        """
        request = unpack(message, self.resolve)
        do: Callable[..., Any] = getattr(self, f"_{request.pop('do')}")
        try:
            # What students print or warn of must neither disturb nor cost anything.
            with warnings.catch_warnings(), redirect_stdout(self.output or StringIO()):
                warnings.simplefilter("ignore")
                with redirect_stderr(StringIO()):
                    return pack({"value": do(**request)}, self.refer)
        except MalformedMessageError as error:
            return failure("ValueError", f"the value cannot be used: {error}")
        except (Exception, SystemExit) as error:
            return failure(type(error).__name__, str(error), self.own_frames(error))

    def refer(self, value: Any) -> RemoteReference:
        """Keep an object here, and give the reference that stands for it."""
        value = value.value if isinstance(value, _Kept) else value
        number = self._numbers.setdefault(id(value), len(self._objects))
        if number == len(self._objects):
            self._objects.append(value)
        return RemoteReference(number, str(type(value).__name__)[:MAX_NAME])

    def resolve(self, stands_for: RemoteReference | NewLayer) -> Any:
        """The object that a reference stands for, or a new layer."""
        if isinstance(stands_for, RemoteReference):
            return self._objects[stands_for.number]
        if stands_for.kind == "linear":
            return Linear.from_arrays(*stands_for.arguments)
        return ReLU() if stands_for.kind == "relu" else Sequential(list(stands_for.arguments))

    @contextmanager
    def replaced(self, definitions: dict[str, Any]) -> Iterator[None]:
        """Put other definitions in the place of the student's, for a while."""
        missing = object()
        before = {name: self.namespace.get(name, missing) for name in definitions}
        self.namespace.update(definitions)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is missing:
                    del self.namespace[name]
                else:
                    self.namespace[name] = value

    def clear(self) -> None:
        """Forget all objects that were referred to, and with them their memory."""
        if self._before is not None:
            self._stop_measuring()
        self._numbers.clear()
        self._objects.clear()

    def own_frames(self, error: BaseException) -> list[list[Any]]:
        """Where the student's own lines raised, the outermost first; not those of libraries."""
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        lines = zip(frames, traceback.extract_tb(error.__traceback__), strict=True)
        own = [line for frame, line in lines if frame.f_globals is self.namespace]
        kept = own if len(own) <= MAX_FRAMES else own[: MAX_FRAMES // 2] + own[-MAX_FRAMES // 2 :]
        return [[each.filename, each.lineno or 0, each.name, each.line or ""] for each in kept]

    def _call(self, target: Any, arguments: list[Any], method: str = "__call__") -> Any:
        function = self._look_up(target) if isinstance(target, str) else target
        if method != "__call__":
            function = getattr(function, method)
        return function(*arguments)

    def _get(self, target: Any, attribute: str) -> Any:
        return getattr(target, attribute)

    def _set(self, target: Any, attribute: str, value: Any) -> None:
        setattr(target, attribute, value)

    def _override(self, target: Any, method: str, value: Any) -> None:
        # A subclass fits objects with __slots__ too, to which nothing can be added.
        own = type(target)
        body = {"__slots__": (), method: lambda self, *arguments: value}
        target.__class__ = type(own.__name__, (own,), body)

    def _look_up(self, name: str) -> Any:
        if name not in self.namespace:
            raise UndefinedError(name)
        return self.namespace[name]

    def _clear(self) -> None:
        self.clear()

    def _make(self, value: Any) -> _Kept:
        return _Kept(value)

    def _settle(self) -> None:
        """Give back all memory that is not in use."""
        gc.collect()
        with suppress(AttributeError, OSError, TypeError):
            ctypes.CDLL(None).malloc_trim(0)  # of the GNU C library

    def _start_measuring(self) -> None:
        # What is there already is left alone: collecting it could take long, and free nothing.
        gc.freeze()
        if not tracemalloc.is_tracing():
            tracemalloc.start()
            self._own_trace = True
        self._before = tracemalloc.get_traced_memory()[0]

    def _measured(self) -> int:
        """Bytes that were allocated since `start_measuring` and are still in use."""
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - (self._before or 0)

    def _stop_measuring(self) -> None:
        gc.unfreeze()
        if self._own_trace:
            tracemalloc.stop()
        self._before, self._own_trace = None, False


def failure(kind: str, message: str, trace: list[list[Any]] | None = None) -> Message:
    """Pack the reply to a request that failed, with text of bounded length."""
    cut = [[file[:MAX_NAME], number, function[:MAX_NAME], line[:MAX_LINE]]
           for file, number, function, line in trace or []]  # fmt: skip
    return pack({"error": kind[:MAX_NAME], "message": message[:MAX_MESSAGE], "trace": cut})
