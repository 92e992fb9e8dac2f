"""Runs student code out of reach, and answers for it in plain data: the grader's side.

    with Sandbox(seconds=10) as sandbox:
        with sandbox.session([("cell 7", 1, "def double(x): return 2 * x")]) as session:
            session.answer({"do": "call", "target": "double", "arguments": [21]})

A session takes the requests of `inside.executor` and gives its replies. A crash, an endless loop or
a forged answer becomes a reply with an error, from then on to every request of that session; the
next one starts in a process that knows nothing of it.

How a process is isolated is up to `launcher`; `Sandbox.not_enforced` says what this system lacks.
What a student's code says of itself remains its claim, so the memory of a layer is measured from
here where the system tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

import numpy as np

from tinytorch.grading.sandbox import launcher
from tinytorch.grading.sandbox.fork_server import ForkServer
from tinytorch.grading.sandbox.inside.submission.cells import UnreadableSubmissionError
from tinytorch.grading.sandbox.inside.submission.code import Code, Statement, to_bytes
from tinytorch.grading.sandbox.inside.submission.forms import Form
from tinytorch.grading.sandbox.processes import OneShotProcess, ProcessStartError
from tinytorch.grading.sandbox.replies import checked_code, checked_errors, checked_forms
from tinytorch.grading.sandbox.session import Ask, Replacements, Session, TimeLimit

MEMORY = 1_000_000_000  # bytes
SECONDS, TOTAL_SECONDS = 10.0, 60.0  # of an exercise, of a submission
_failed: dict[str, str] = {}  # methods that do not work on this system, and what they said


class SandboxBrokenError(OSError):
    """A process of the sandbox cannot be started or has failed, through no submission's fault."""


class Sandbox:
    """A place to run student code in; one session at a time.

    Args:
        memory: bytes that a session may allocate.
        seconds: time that an exercise of a submission may take, and reading one.
        total_seconds: time that a submission may take in all.
        method: one of `launcher.METHODS`; the best that works by default.
    """

    def __init__(
        self,
        memory: int = MEMORY,
        seconds: float = SECONDS,
        total_seconds: float = TOTAL_SECONDS,
        method: str | None = None,
    ) -> None:
        self.memory, self.seconds, self.total_seconds = memory, seconds, total_seconds
        self.method = method
        self.enforced: list[str] = []
        self.not_enforced: list[str] = []
        self._process: ForkServer | OneShotProcess | None = None
        self._busy = False

    def __enter__(self) -> Sandbox:
        """Start the process.

        Raises:
            OSError: if no method works.
        """
        try:
            self._start()
        except ProcessStartError as error:
            raise SandboxBrokenError(str(error)) from error
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def session(
        self,
        statements: Sequence[Statement | tuple[str, int, str]],
        replacements: Replacements | None = None,
        limit: TimeLimit | None = None,
    ) -> Session:
        """Run statements in a fresh process.

        Args:
            statements: a name such as "cell 7", the number of the first line, and the source. Each
                is run whether or not the ones before it raised.
            replacements: what takes the place of the student's definitions.
            limit: on the time of the session; by default that of an exercise.

        Returns:
            The session, to be closed, best by `with`. Its `opened` is a list of what the statements
            raised, as dicts with "cell", "line", "type" and "message".

        Raises:
            ValueError: if another session is open.
            SandboxBrokenError: if no process can be started.
        """
        opening = {
            "statements": to_bytes(statements),
            "replaced": list(replacements.names) if replacements else [],
            "proxies": replacements.source if replacements else "",
        }
        ask = replacements.ask if replacements else None
        return self._opened(limit or self.limit(self.seconds), opening, checked_errors, ask)

    def definitions(self, content: bytes, ending: str, names: Sequence[str]) -> tuple[Code, float]:
        """Find the statements of a notebook or script that define names; none of it is executed.

        Args:
            content: of the file.
            ending: of the file's name, such as ".ipynb".
            names: what its exercises define.

        Returns:
            What to execute, and how many seconds it took to find that out.

        Raises:
            UnreadableSubmissionError: if it is not a submission, or too large or odd to be read.
            SandboxBrokenError: if the process that reads it cannot be started or has failed.
        """
        code, seconds = self._read(content, ending, names, "code", checked_code)
        assert isinstance(code, Code)
        return code, seconds

    def forms(self, content: bytes, ending: str, names: Sequence[str]) -> dict[str, Form]:
        """What is left of definitions without names, comments and layout, to compare them by.

        Args and errors are those of `definitions`.

        Returns:
            name -> form, of those names that a function or class is defined for.
        """
        found: dict[str, Form] = self._read(content, ending, names, "forms", checked_forms)[0]
        return found

    def _read(
        self,
        content: bytes,
        ending: str,
        names: Sequence[str],
        what: str,
        check: Callable[[Any], Any],
    ) -> tuple[Any, float]:
        """What the inside finds in a file, and how many seconds it took."""
        sentence = f"reading it takes longer than {self.seconds:g} s"
        array = np.frombuffer(content, np.uint8)
        opening = {"content": array, "ending": ending, "names": list(names), "what": what}
        with self._opened(TimeLimit(self.seconds, sentence), opening, check) as session:
            if session.broken:
                raise SandboxBrokenError(session.broken)
            if session.failure:
                raise UnreadableSubmissionError(f"it cannot be read: {session.failure['message']}")
            if isinstance(session.opened, str):
                raise UnreadableSubmissionError(session.opened)
            return session.opened, session.spent

    def _opened(
        self,
        limit: TimeLimit,
        opening: dict[str, Any],
        check: Callable[[Any], Any],
        ask: Ask | None = None,
    ) -> Session:
        if self._busy:
            raise ValueError("one session at a time: close the other one first")
        try:
            process = self._start()
            if not process.alive():
                self.stop()
                process = self._start()
            self._busy = True
            return Session(process, limit, self._done, opening, check, ask)
        except OSError as error:
            self._done(False)
            raise SandboxBrokenError(
                f"no process for student code can be started ({error})"
            ) from error
        except BaseException:
            self._done(False)
            raise

    def limit(self, left: float) -> TimeLimit:
        """The limit of an exercise that has so many seconds left."""
        return TimeLimit(left, f"this exercise took longer than {self.seconds:g} s")

    def stop(self) -> None:
        """End the process; the next session starts another one."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()

    def _done(self, clean: bool) -> None:
        self._busy = False
        if not clean:
            self.stop()

    def _start(self) -> ForkServer | OneShotProcess:
        if self._process is not None:
            return self._process
        for method in (self.method,) if self.method else launcher.methods():
            if method in _failed and self.method is None:
                continue
            try:
                self._process = self._started(method)
            except ProcessStartError as error:
                _failed[method] = str(error)
                continue
            self.method = method
            self.enforced, self.not_enforced = launcher.enforcement(method, self._process.report)
            return self._process
        said = "; ".join(f"{method}: {text}" for method, text in _failed.items())
        raise ProcessStartError(said)

    def _started(self, method: str) -> ForkServer | OneShotProcess:
        if method == "once":
            return OneShotProcess(self.memory, self.seconds)
        try:
            return ForkServer(method, self.memory, self.seconds)
        except ProcessStartError:
            # A weaker method is taken only if this one fails again.
            return ForkServer(method, self.memory, self.seconds)
