"""The grader's end of `inside.fork_server`: a process with a fork for each session."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import tempfile
import time
from typing import Any

from tinytorch.grading.sandbox import launcher, procfs
from tinytorch.grading.sandbox.inside.channel import Channel, ChannelClosedError, DeadlineError
from tinytorch.grading.sandbox.inside.codec import unpack
from tinytorch.grading.sandbox.inside.fork_server import END, HUNG_UP, MEASURE
from tinytorch.grading.sandbox.inside.protocol import MalformedMessageError
from tinytorch.grading.sandbox.processes import (
    START_SECONDS,
    Ending,
    ProcessStartError,
    kill,
    last_line,
    started,
)
from tinytorch.grading.sandbox.workspace import private_folder, remove


class ForkServer:
    """A process that has imported everything; sessions are its forks.

    Args:
        method: "bubblewrap" or "plain".
        memory: bytes that a session may allocate.
        seconds: processor time that a session may use.

    Raises:
        ProcessStartError: if it does not start.
    """

    def __init__(self, method: str, memory: int, seconds: float) -> None:
        self._private = ""
        self.is_measured = procfs.is_counted()
        if method == "plain":
            self._private = private_folder()
        ours, theirs = socket.socketpair()
        self._control = ours
        self._channel = Channel(ours)
        self._ending: dict[str, Any] | None = None  # of the session, if it was reported already
        number = theirs.fileno()
        command = launcher.command(method, memory, seconds, self._private, control=number)
        with theirs, tempfile.TemporaryFile() as printed:
            try:
                self._process = started(command, self._private, printed, pass_fds=[number])
            except OSError:
                ours.close()
                self._remove_private()
                raise
            theirs.close()
            try:
                self.report: dict[str, Any] = unpack(
                    self._channel.receive(time.monotonic() + START_SECONDS)
                )
            except DeadlineError:
                self.stop()
                raise TimeoutError(f"a process took over {START_SECONDS:g} s to start") from None
            except (ChannelClosedError, MalformedMessageError):
                self.stop()
                raise ProcessStartError(last_line(printed)) from None

    def _remove_private(self) -> None:
        if self._private:
            remove(self._private)

    def _reported(self) -> Any:
        return unpack(self._channel.receive(time.monotonic() + START_SECONDS))

    def alive(self) -> bool:
        """Whether sessions can be started."""
        return self._process.poll() is None

    def open(self) -> Channel:
        """Start a session."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._control, [b"s"], [theirs.fileno()])
        return Channel(ours)

    def resident(self) -> int | None:
        """Bytes that the process and its session keep, in memory and in files, None if unknown."""
        try:
            self._control.send(MEASURE)
            report = self._reported()
            in_memory = procfs.resident(self._process.pid)
        except (ChannelClosedError, MalformedMessageError, DeadlineError, OSError):
            return None
        if "stored" not in report:
            self._ending = report  # the session has just ended
            return None
        return None if in_memory is None else in_memory + int(report["stored"])

    def stopped(self) -> bool:
        """Whether somebody outside has stopped it or its session, as far as that can be known."""
        return procfs.stopped(self._process.pid)

    def end(self, gone: bool) -> Ending:
        """End the session.

        Args:
            gone: whether it has closed the connection by itself.
        """
        if self.stopped():
            return Ending(None, False, False)
        try:
            report, self._ending = self._ending, None
            if report is None:
                self._control.send(HUNG_UP if gone else END)
                report = self._reported()
            return Ending(int(report["status"]), bool(report["alone"]), bool(report["clean"]))
        except (ChannelClosedError, MalformedMessageError, DeadlineError, OSError):
            return Ending(None, False, False)

    def stop(self) -> None:
        """End the process, and with it all that it has started."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)
        try:
            self._process.wait(0 if self.stopped() else START_SECONDS)
        except subprocess.TimeoutExpired:
            kill(self._process)
        self._control.close()
        self._remove_private()
