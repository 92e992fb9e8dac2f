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

from collections.abc import Sequence
from types import TracebackType

from tinytorch.grading.sandbox import launcher
from tinytorch.grading.sandbox.processes import ForkServer, OneShotProcess, ProcessStartError
from tinytorch.grading.sandbox.session import Replacements, Session, Statement

MEMORY, SECONDS = 1_000_000_000, 10.0  # bytes, and seconds of an exercise
_failed: dict[str, str] = {}  # methods that do not work on this system, and what they said


class Sandbox:
    """A place to run student code in; one session at a time.

    Args:
        memory: bytes that a session may allocate.
        seconds: time that a session may take in total.
        method: one of `launcher.METHODS`; the best that works by default.
    """

    def __init__(
        self, memory: int = MEMORY, seconds: float = SECONDS, method: str | None = None
    ) -> None:
        self.memory, self.seconds = memory, seconds
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
        self._start()
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def session(
        self, statements: Sequence[Statement], replacements: Replacements | None = None
    ) -> Session:
        """Run statements in a fresh process.

        Args:
            statements: a name such as "cell 7", the number of the first line, and the source. Each
                is run whether or not the ones before it raised.
            replacements: what takes the place of the student's definitions.

        Returns:
            The session, to be closed, best by `with`.

        Raises:
            ValueError: if another session is open.
            OSError: if no process can be started.
        """
        if self._busy:
            raise ValueError("one session at a time: close the other one first")
        process = self._start()
        if not process.alive():
            self.stop()
            process = self._start()
        self._busy = True
        try:
            return Session(process, self.seconds, self._done, statements, replacements)
        except BaseException:
            self._done(False)
            raise

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
        raise OSError(f"no process for student code can be started ({said})")

    def _started(self, method: str) -> ForkServer | OneShotProcess:
        if method == "once":
            return OneShotProcess(self.memory, self.seconds)
        try:
            return ForkServer(method, self.memory, self.seconds)
        except ProcessStartError:
            # A weaker method is taken only if this one fails again.
            return ForkServer(method, self.memory, self.seconds)
