"""One exercise of one student, in a process of its own: the grader's end of the line.

Whatever happens there is a reply here. Nothing that comes back is run or unpickled: it is bytes,
see `messages`, and then checked to be a reply, see `replies`.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from tinytorch.grading.sandbox.inside.channel import Closed, TooLate
from tinytorch.grading.sandbox.inside.protocol import Malformed
from tinytorch.grading.sandbox.processes import Once, Warm
from tinytorch.grading.sandbox.replies import checked_errors, checked_reply, checked_value

Reply = dict[str, Any]
Statement = tuple[str, int, str]
Ask = Callable[..., Any]
PATIENCE = 2  # how many times the student's own time the grader spends on stand-ins


class Session:
    """A process in which statements were run; made by `Sandbox.session`.

    Attributes:
        errors: what the statements raised, as dicts with "cell", "line", "type" and "message".
    """

    def __init__(
        self,
        worker: Warm | Once,
        seconds: float,
        done: Callable[[bool], None],
        statements: Sequence[Statement],
        stand_ins: Sequence[str],
        ask: Ask | None,
    ) -> None:
        self._worker, self._done, self._ask = worker, done, ask
        self._seconds = self._left = seconds
        self._failure: Reply | None = None
        self._ended = False
        self._resident = 0  # bytes in memory when that was last measured
        self._given = PATIENCE * seconds
        self._channel = worker.open()
        opening = {"statements": [list(each) for each in statements], "stand_ins": [*stand_ins]}
        reply = self._exchange(opening, checked_errors)
        self.errors: list[dict[str, Any]] = reply.get("errors", [])

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def failure(self) -> Reply | None:
        """The error reply that stands for the end of the process before its time, or None."""
        return self._failure

    @property
    def spent(self) -> float:
        """Seconds that the student's process has taken so far."""
        return self._seconds - self._left

    def answer(self, request: dict[str, Any]) -> Reply:
        """Send a request of `workshop`; where memory can be measured from here, that is done.

        Returns:
            {"value": encoded} or {"error": name, "message": text, "trace": frames} as of
            `workshop`; the errors of the process itself are "TimeLimit", "Crashed" and "Malformed".
        """
        measuring = request["do"] in ("start_measuring", "measured")
        if not measuring or self._worker.resident() is None:
            return self._exchange(request, checked_reply)
        reply = self._exchange({"do": "settle"}, checked_reply)
        before, self._resident = self._resident, self._worker.resident() or 0
        return {"value": self._resident - before} if "value" in reply else reply

    def clear(self) -> None:
        """Let the student's process forget the objects that it keeps for requests."""
        self.answer({"do": "clear"})

    def close(self) -> None:
        """End the process."""
        if not self._ended:
            self._end()
            self._failure = {"error": "Closed", "message": "the session is closed", "trace": []}

    def _exchange(self, message: Any, check: Callable[[Any], Reply]) -> Reply:
        try:
            while self._failure is None:
                reply = self._sent(message)
                if not isinstance(reply, dict) or "ask" not in reply:
                    return check(reply)
                message = self._answered(reply)
        except TooLate:
            self._fail("TimeLimit", f"this exercise took longer than {self._seconds:g} s")
        except Malformed as error:
            self._fail("Malformed", f"no answer came through: {error}")
        except Closed:
            self._fail("Crashed", None)
        return dict(self._failure or {})

    def _sent(self, message: Any) -> Any:
        """Send and receive, on the student's time."""
        started = time.monotonic()
        try:
            self._channel.send(message, started + self._left)
            return self._channel.receive(started + self._left)
        finally:
            self._left -= time.monotonic() - started

    def _answered(self, call: dict[str, Any]) -> Reply:
        """What a stand-in gets, on the grader's time, of which there is not without end."""
        name, arguments = call["ask"], call.get("arguments")
        if not isinstance(name, str) or not isinstance(arguments, list) or not self._ask:
            raise Malformed("a call of a stand-in that there is not")
        checked = [checked_value(argument) for argument in arguments]
        if self._given < 0:
            raise TooLate("the time for stand-ins has passed")
        started = time.monotonic()
        try:
            return {"value": self._ask(name, *checked)}
        except Exception as error:
            return {"error": type(error).__name__, "message": str(error)[:2000]}
        finally:
            self._given -= time.monotonic() - started

    def _fail(self, kind: str, message: str | None) -> None:
        status = self._end(gone=message is None, clean=False)
        self._failure = {"error": kind, "message": message or _ending(status), "trace": []}

    def _end(self, gone: bool = False, clean: bool = True) -> int | None:
        self._ended = True
        self._channel.close()
        status, tidy = self._worker.end(gone)
        self._done(clean and tidy)
        return status


def _ending(status: int | None) -> str:
    """How a process has ended, for students."""
    if status is None:
        return "the process ended, it is not known why"
    if status >= 0:
        return f"the process ended itself (exit code {status})"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    why = {"SIGSEGV": ": memory was used that is not there", "SIGKILL": ": perhaps out of memory"}
    return f"the process was ended by {name}{why.get(name, '')}"
