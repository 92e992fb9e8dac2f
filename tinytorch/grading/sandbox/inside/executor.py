"""The student's side of the grader: it runs what the tests ask for, and answers in plain data.

A request is a dict, such as `{"do": "call", "target": "quantize_int8", "arguments": [...]}`; so is
the reply. Numbers, text and None go as they are, arrays as copies, and everything else stays in
the workshop: the reply names it by a number, its handle. This file needs NumPy and
`tinytorch.core` alone.
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
from typing import Any

import numpy as np

from tinytorch.core import Linear, ReLU, Sequential, Tensor

Reply = dict[str, Any]
FRAMES = 10  # of a traceback that are told; recursions have a thousand


@dataclass
class _ByHandle:
    """A value that stays in the workshop although it could be sent."""

    thing: Any


class Workshop:
    """A place where a student's definitions are called.

    Args:
        namespace: names and what the student defined for them; functions in it must have it as
            their globals, so that `replaced` reaches them.
    """

    def __init__(self, namespace: MutableMapping[str, Any]) -> None:
        self.namespace = namespace
        self._handles: dict[int, int] = {}
        self._objects: list[Any] = []
        self._before: int | None = None  # traced bytes when measuring began
        self._own_trace = False

    def answer(self, request: dict[str, Any]) -> Reply:
        """Do what a request asks for.

        Args:
            request: a dict with "do" and what that needs.

        Returns:
            {"value": encoded} or {"error": type name, "message": text, "trace": frames}; a frame of
            the student's own is [file, number of the line, function, line].
        """
        do: Callable[..., Any] = getattr(self, f"_{request['do']}")
        details = {key: value for key, value in request.items() if key != "do"}
        try:
            # What students print or warn of must neither disturb nor cost anything.
            with warnings.catch_warnings(), redirect_stdout(StringIO()):
                warnings.simplefilter("ignore")
                with redirect_stderr(StringIO()):
                    return {"value": self.encode(do(**details))}
        except (Exception, SystemExit) as error:
            trace = self._own_frames(error)
            return {"error": type(error).__name__, "message": str(error), "trace": trace}

    def _own_frames(self, error: BaseException) -> list[list[Any]]:
        """Where the student's own lines raised, the outermost first; not those of libraries."""
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        lines = zip(frames, traceback.extract_tb(error.__traceback__), strict=True)
        own = [line for frame, line in lines if frame.f_globals is self.namespace]
        kept = own if len(own) <= FRAMES else own[: FRAMES // 2] + own[-FRAMES // 2 :]
        return [[each.filename, each.lineno or 0, each.name, each.line or ""] for each in kept]

    @contextmanager
    def replaced(self, names: dict[str, Any]) -> Iterator[None]:
        """Put other definitions in the place of the student's, for a while."""
        missing = object()
        before = {name: self.namespace.get(name, missing) for name in names}
        self.namespace.update(names)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is missing:
                    del self.namespace[name]
                else:
                    self.namespace[name] = value

    def clear(self) -> None:
        """Forget all objects, and with them their memory."""
        if self._before is not None:
            self._stop_measuring()
        self._handles.clear()
        self._objects.clear()

    def encode(self, value: Any) -> Any:
        """Turn a value into plain data; objects of other classes into handles."""
        if value is None or isinstance(value, (bool, str)):
            return value
        if isinstance(value, np.generic) and value.ndim == 0:
            value = value.item()
        if isinstance(value, (int, float)):
            return value
        if isinstance(value, np.ndarray):
            return {"array": value.copy()}
        if isinstance(value, Tensor) and isinstance(value.data, np.ndarray):
            return {"tensor": value.data.copy()}
        if isinstance(value, (list, tuple)):
            kind = "tuple" if isinstance(value, tuple) else "list"
            return {kind: [self.encode(part) for part in value]}
        if isinstance(value, dict):
            return {"dict": [[self.encode(key), self.encode(part)] for key, part in value.items()]}
        if isinstance(value, _ByHandle):
            value = value.thing
        return {"object": self._keep(value), "type": type(value).__name__}

    def decode(self, value: Any) -> Any:
        """Turn plain data into a value, handles into their objects; layers are made anew."""
        if not isinstance(value, dict):
            return value
        ((kind, content), *_) = value.items()
        if kind == "object":
            return self._objects[content]
        if kind == "array":
            return content.copy()
        if kind == "tensor":
            return Tensor(content.copy())
        if kind in ("list", "tuple"):
            parts = [self.decode(part) for part in content]
            return parts if kind == "list" else tuple(parts)
        if kind == "dict":
            return {self.decode(key): self.decode(part) for key, part in content}
        if kind == "relu":
            return ReLU()
        if kind == "linear":
            return _linear(*[None if array is None else array.copy() for array in content])
        if kind == "sequential":
            return Sequential([self.decode(layer) for layer in content])
        raise ValueError(f"no request holds a {kind!r}")

    def _keep(self, thing: Any) -> int:
        handle = self._handles.setdefault(id(thing), len(self._objects))
        if handle == len(self._objects):
            self._objects.append(thing)
        return handle

    def _call(self, target: Any, arguments: list[Any], method: str = "__call__") -> Any:
        function = self.namespace[target] if isinstance(target, str) else self.decode(target)
        if method != "__call__":
            function = getattr(function, method)
        return function(*[self.decode(argument) for argument in arguments])

    def _get(self, target: Any, attribute: str) -> Any:
        return getattr(self.decode(target), attribute)

    def _look_up(self, name: str) -> Any:
        return self.namespace[name]

    def _clear(self) -> None:
        self.clear()

    def _make(self, value: Any) -> _ByHandle:
        return _ByHandle(self.decode(value))

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


def _linear(weight: Any, bias: Any) -> Linear:
    layer = Linear.__new__(Linear)  # without random weights, which take longer than all the rest
    layer.in_features, layer.out_features = weight.shape
    layer.weight = Tensor(weight)
    layer.bias = None if bias is None else Tensor(bias)
    return layer
