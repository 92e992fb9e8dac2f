"""The backend of `check`: definitions of a notebook, in the process in which they were made."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from io import StringIO
from typing import Any

from tinytorch.grading.client import EXPLAINED
from tinytorch.grading.lesson import Lesson
from tinytorch.grading.sandbox.inside.codec import pack, unpack
from tinytorch.grading.sandbox.inside.executor import Executor
from tinytorch.grading.time_limit import TimeLimitError, time_limit

SECONDS = 10.0  # that the definitions may take for one exercise, as in a sandbox
MAX_PRINTED = 2000  # characters that are kept of what an exercise prints
MAX_PRINTED_LINES = 20

Request = dict[str, Any]


class InProcessBackend:
    """Definitions that live in this process: a notebook's own, or trusted ones.

    Args:
        lesson: whose exercises they are.
        namespace: the definitions; the globals of the functions in it.
        seconds: how long the definitions may run for one exercise, in the main thread.

    Attributes:
        printed: for each exercise, what its tests made the definitions print.
        interrupted_at: where Ctrl+C found the definitions, `line` in a function, or "".
    """

    def __init__(
        self, lesson: Lesson, namespace: MutableMapping[str, Any], seconds: float = SECONDS
    ) -> None:
        self.lesson, self.seconds = lesson, seconds
        self.executor = Executor(namespace)
        self.printed: defaultdict[str, Printed] = defaultdict(Printed)
        self.interrupted_at = ""
        self._left: defaultdict[str, float] = defaultdict(lambda: seconds)
        self._given_up: dict[str, Request] = {}  # the answer of exercises that had their time

    @contextmanager
    def open(self, exercise: str, replaced: list[str]) -> Iterator[Any]:
        """Put proxies in place, and the definitions back afterwards."""
        lesson, namespace = self.lesson, self.executor.namespace
        made = lesson.proxies(replaced, dict(namespace), lesson.service(replaced))
        self.executor.output = self.printed[exercise]
        try:
            with self.executor.replaced(made):
                yield lambda request: self._answer(exercise, request)
        finally:
            self.executor.clear()

    def close(self) -> None:
        """There is nothing to end."""

    def _answer(self, exercise: str, request: Request) -> Request:
        if exercise in self._given_up:
            return self._given_up[exercise]
        started = time.monotonic()
        try:
            with time_limit(self._left[exercise], self.executor.namespace):
                # Through the same codec as from a sandbox: both give the same answers.
                return unpack(self.executor.answer(pack(request)))
        except TimeLimitError as error:
            sentence = f"your code ran for more than {self.seconds:g} s, and was stopped"
            sentence += f"{self._place(error)}: does a loop never end there?"
            self._given_up[exercise] = {"error": EXPLAINED, "message": sentence, "trace": []}
            return self._given_up[exercise]
        except KeyboardInterrupt as error:
            self.interrupted_at = self._place(error)
            raise
        finally:
            self._left[exercise] -= time.monotonic() - started

    def _place(self, error: BaseException) -> str:
        """Where the definitions were, after a blank."""
        frames = self.executor.own_frames(error)
        return f" at `{frames[-1][3]}` in {frames[-1][2]}" if frames and frames[-1][3] else ""


class Printed(StringIO):
    """Takes what is printed, and keeps the beginning of it."""

    def __init__(self) -> None:
        super().__init__()
        self._length = 0

    def write(self, text: str) -> int:
        """Keep a text, or as much of it as there is room for."""
        super().write(text[: max(0, MAX_PRINTED - self._length)])
        self._length += len(text)
        return len(text)

    def __str__(self) -> str:
        """The first lines of it, and a line that says how much is left out."""
        lines = self.getvalue().splitlines()
        shown = "\n".join(lines[:MAX_PRINTED_LINES])
        is_cut = self._length > MAX_PRINTED or len(lines) > MAX_PRINTED_LINES
        left_out = f"\n... and {self._length - len(shown):,} more characters"
        return shown + left_out if is_cut else shown
