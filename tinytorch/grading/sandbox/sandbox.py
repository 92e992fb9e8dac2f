"""Runs student code out of reach, and answers for it in plain data: the grader's side.

    with Sandbox(seconds=10) as sandbox:
        with sandbox.session([("cell 7", 1, "def double(x): return 2 * x")]) as session:
            session.answer({"do": "call", "target": "double", "arguments": [21]})

A session takes the requests of `workshop` and gives its replies. A crash, an endless loop or a
forged answer becomes a reply with an error, from then on to every request of that session; the next
one starts in a process that knows nothing of it.

How a process is shut in is up to `isolation`; `Sandbox.missing` says what this system does not
have. What a student's code says of itself remains its claim; the memory of a layer is therefore
measured from here where the system tells it.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from tinytorch.grading.sandbox import launcher as isolation
from tinytorch.grading.sandbox.processes import Failed, Once, Warm
from tinytorch.grading.sandbox.session import Ask, Session, Statement

MEMORY, SECONDS = 1_000_000_000, 10.0  # bytes, and seconds of an exercise
_failed: dict[str, str] = {}  # methods that do not work on this system, and what they said


class Sandbox:
    """A place to run student code in; one session at a time.

    Args:
        memory: bytes that a session may allocate.
        seconds: time that a session may take in total.
        method: one of `isolation.METHODS`; the best that works by default.
    """

    def __init__(
        self, memory: int = MEMORY, seconds: float = SECONDS, method: str | None = None
    ) -> None:
        self.memory, self.seconds = memory, seconds
        self.method = method
        self.layers: list[str] = []
        self.missing: list[str] = []
        self._worker: Warm | Once | None = None
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
        self,
        statements: Sequence[Statement],
        stand_ins: Sequence[str] = (),
        ask: Ask | None = None,
    ) -> Session:
        """Run statements in a fresh process.

        Args:
            statements: a name such as "cell 7", the number of the first line, and the source. Each
                is run whether or not the ones before it raised.
            stand_ins: names of what takes the place of the student's definitions, see `stand_ins`.
            ask: what stand-ins ask, here; from a name and encoded values to an encoded value.

        Returns:
            The session, to be closed, best by `with`.

        Raises:
            ValueError: if another session is open.
            OSError: if no process can be started.
        """
        if self._busy:
            raise ValueError("one session at a time: close the other one first")
        worker = self._start()
        if not worker.alive():
            self.stop()
            worker = self._start()
        self._busy = True
        try:
            return Session(worker, self.seconds, self._done, statements, stand_ins, ask)
        except BaseException:
            self._done(False)
            raise

    def stop(self) -> None:
        """End the process; the next session starts another one."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.stop()

    def _done(self, clean: bool) -> None:
        self._busy = False
        if not clean:
            self.stop()

    def _start(self) -> Warm | Once:
        if self._worker is not None:
            return self._worker
        for method in (self.method,) if self.method else isolation.methods():
            if method in _failed and self.method is None:
                continue
            try:
                self._worker = self._started(method)
            except Failed as error:
                _failed[method] = str(error)
                continue
            self.method = method
            self.layers, self.missing = isolation.layers(method, self._worker.report)
            return self._worker
        said = "; ".join(f"{method}: {text}" for method, text in _failed.items())
        raise OSError(f"no process for student code can be started ({said})")

    def _started(self, method: str) -> Warm | Once:
        if method == "once":
            return Once(self.memory, self.seconds)
        try:
            return Warm(method, self.memory, self.seconds)
        except Failed:
            # A weaker method is taken only if this one fails again.
            return Warm(method, self.memory, self.seconds)
