"""One exercise of one student, in a process of its own: the grader's end of the connection.

Whatever happens there becomes a reply here. Nothing that comes back is executed or unpickled: it is
bytes, decoded by `inside.codec`, and then checked to be a reply.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, NamedTuple

from tinytorch.grading.sandbox.fork_server import ForkServer
from tinytorch.grading.sandbox.inside.channel import ChannelClosedError, DeadlineError
from tinytorch.grading.sandbox.inside.codec import pack, unpack
from tinytorch.grading.sandbox.inside.protocol import MalformedMessageError
from tinytorch.grading.sandbox.processes import Ending, OneShotProcess
from tinytorch.grading.sandbox.replies import Reply, checked_ready, checked_reply

Ask = Callable[..., Any]
REFERENCE_TIME = 1  # what the reference may take, as a multiple of the student's own time
KILLED = -9  # the status after SIGKILL


class TimeLimit(NamedTuple):
    """How long a session may take.

    Attributes:
        seconds: of wall-clock time.
        sentence: says that it took longer.
    """

    seconds: float
    sentence: str


class Replacements(NamedTuple):
    """What takes the place of a student's definitions.

    Attributes:
        source: of a module with `reference_proxies`, see `Lesson.proxies`.
        names: the definitions to replace.
        ask: answers the proxies, in this process.
    """

    source: str
    names: Sequence[str]
    ask: Ask


class Session:
    """A process that was given something to do; made by `Sandbox`.

    Args:
        process: forks it, or starts it.
        limit: on the time that it may take.
        done: called with whether the process can start further sessions.
        opening: what to do first.
        check: makes what came of that of the reply to it, or raises MalformedMessageError.
        ask: answers the proxies, in this process.

    Attributes:
        opened: what came of the opening, None if nothing did.
        broken: why the grader's own processes failed, a part of a sentence, or None. It is not the
            submission's fault then.
    """

    def __init__(
        self,
        process: ForkServer | OneShotProcess,
        limit: TimeLimit,
        done: Callable[[bool], None],
        opening: dict[str, Any],
        check: Callable[[Any], Any],
        ask: Ask | None = None,
    ) -> None:
        self._process, self._done, self._ask = process, done, ask
        self._limit, self._left = limit, limit.seconds
        self._reference_left = REFERENCE_TIME * limit.seconds
        self._failure: Reply | None = None
        self._ended = False
        self._resident_at_start = self._resident = 0  # bytes before the opening; last measured
        self._channel = process.open()
        self.opened: Any = None
        self.broken: str | None = None
        if process.is_measured:
            self._exchange({"ready": True}, checked_ready)
            self._resident_at_start = self._measured() or 0
        reply = self._exchange(opening, lambda reply: {"opened": check(reply)})
        self.opened = reply.get("opened")

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
        return self._limit.seconds - self._left

    @property
    def spent_in_all(self) -> float:
        """Seconds that it has taken so far, and with it the reference."""
        return self.spent + REFERENCE_TIME * self._limit.seconds - self._reference_left

    def answer(self, request: dict[str, Any]) -> Reply:
        """Send a request of `inside.executor`; memory is measured from here where that is possible.

        What "start_measuring" gives is then how many bytes are kept since before the opening.

        Returns:
            {"value": value} or {"error": name, "message": text, "trace": frames}. The errors of
            the process itself are "TimeLimit", "Crashed" and "Malformed".
        """
        measuring = request["do"] in ("start_measuring", "measured")
        if not measuring or not self._process.is_measured:
            return self._exchange(request, checked_reply)
        reply = self._exchange({"do": "settle"}, checked_reply)
        if "value" not in reply:
            return reply
        started, before = request["do"] == "start_measuring", self._resident
        resident = self._measured()
        if resident is None:
            return dict(self._failure or {})
        self._resident = resident
        return {"value": resident - (self._resident_at_start if started else before)}

    def clear(self) -> None:
        """Let the student's process forget the objects that it keeps for requests."""
        self.answer({"do": "clear"})

    def close(self) -> None:
        """End the process."""
        if not self._ended:
            self._end()
            self._failure = {"error": "Closed", "message": "the session is closed", "trace": []}

    def _exchange(self, request: dict[str, Any], check: Callable[[Any], Reply]) -> Reply:
        try:
            while self._failure is None:
                reply = self._sent(request)
                if not isinstance(reply, dict) or "ask" not in reply:
                    return check(reply)
                request = self._answered(reply)
        except DeadlineError:
            if self._process.stopped():
                self._break("its process was stopped")
            else:
                self._fail("TimeLimit", self._limit.sentence)
        except MalformedMessageError as error:
            self._fail("Malformed", f"no answer came through: {error}")
        except ChannelClosedError:
            self._fail("Crashed", None)
        return dict(self._failure or {})

    def _sent(self, request: dict[str, Any]) -> Any:
        """Send and receive, on the student's time."""
        message = pack(request)
        started = time.monotonic()
        try:
            self._channel.send(message, started + self._left)
            return unpack(self._channel.receive(started + self._left))
        finally:
            self._left -= time.monotonic() - started

    def _answered(self, call: dict[str, Any]) -> Reply:
        """What a proxy gets, on the grader's time, which has a limit too."""
        name, arguments = call["ask"], call.get("arguments")
        if not isinstance(name, str) or not isinstance(arguments, list) or not self._ask:
            raise MalformedMessageError("a call of a proxy that does not exist")
        if self._reference_left < 0:
            raise DeadlineError("the time for the reference has passed")
        started = time.monotonic()
        try:
            return {"value": self._ask(name, *arguments)}
        except Exception as error:
            return {"error": type(error).__name__, "message": str(error)[:2000]}
        finally:
            self._reference_left -= time.monotonic() - started

    def _measured(self) -> int | None:
        """Bytes that the process keeps; None, and the session is broken, if they are not known."""
        if self._failure is not None:
            return None
        resident = self._process.resident()
        if resident is None and not self._fail("Crashed", None).alone:
            # Never the submission's own claim instead.
            self.broken = self.broken or "its memory could not be measured"
        return resident

    def _fail(self, kind: str, message: str | None) -> Ending:
        ending = self._end(gone=message is None, clean=False)
        if message is None:
            message = _description(ending)
            if ending.status is None or (ending.alone and ending.status == KILLED):
                self.broken = message  # nothing that a submission does ends it like that
        self._failure = {"error": kind, "message": message, "trace": []}
        return ending

    def _break(self, why: str) -> None:
        self._fail("Crashed", why)
        self.broken = why

    def _end(self, gone: bool = False, clean: bool = True) -> Ending:
        self._ended = True
        ending = self._process.end(gone)  # first: without its connection it would end by itself
        self._channel.close()
        self._done(clean and ending.clean)
        return ending


def _description(ending: Ending) -> str:
    """How a process has ended, for students."""
    status = ending.status
    if status is None:
        return "its process ended, it is not known why"
    if not ending.alone:
        return "the process closed the connection to the grader"
    if status >= 0:
        return f"the process ended itself (exit code {status})"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    why = {"SIGSEGV": ": memory was used that is not there"}
    return f"the process was ended by {name}{why.get(name, '')}"
