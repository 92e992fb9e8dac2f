"""The processes behind a sandbox: one for each session here, and forks in `fork_server`.

Both open a channel to a process that waits for statements, and report how that process ended when
the session ends. A process in an unknown state is discarded.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import IO, Any, NamedTuple

from tinytorch.grading.sandbox import launcher, procfs
from tinytorch.grading.sandbox.inside.channel import Channel
from tinytorch.grading.sandbox.inside.fork_server import ENDING_SECONDS, stored
from tinytorch.grading.sandbox.workspace import private_folder, remove, workspace

START_SECONDS = 20.0  # seconds for a process to start or to end on a busy machine


class Ending(NamedTuple):
    """How the process of a session ended.

    Attributes:
        status: its exit code, or minus the signal; None if that is not known.
        alone: whether it ended by itself, and was not killed here.
        clean: whether nothing is left of it.
    """

    status: int | None
    alone: bool
    clean: bool


class ProcessStartError(OSError):
    """A process did not start; the text is the last line that it printed."""


class OneShotProcess:
    """A new process for every session, which connects over the loopback network.

    Args:
        memory: bytes that a session may allocate.
        seconds: processor time that a session may use.
    """

    def __init__(self, memory: int, seconds: float) -> None:
        self._memory, self._seconds = memory, seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._private = ""
        self.is_measured = procfs.is_counted()
        user = launcher.other_user("once", str(workspace() / "private"))
        self.report: dict[str, Any] = {"user": user}

    def alive(self) -> bool:
        """Whether sessions can be started."""
        return True

    def open(self) -> Channel:
        """Start a session.

        Raises:
            ProcessStartError: if its process does not start.
        """
        self._private = private_folder()
        token = secrets.token_bytes(16)
        with socket.create_server(("127.0.0.1", 0)) as server, tempfile.TemporaryFile() as printed:
            command = launcher.command(
                "once", self._memory, self._seconds, self._private,
                port=server.getsockname()[1], token=token.hex(),
            )  # fmt: skip
            self._process = started(command, self._private, printed)
            deadline = time.monotonic() + START_SECONDS
            while time.monotonic() < deadline:
                server.settimeout(0.2)
                with contextlib.suppress(TimeoutError):
                    connection, _ = server.accept()
                    connection.settimeout(START_SECONDS)
                    with connection.makefile("rb") as start:
                        came = start.read(len(token))
                    if hmac.compare_digest(came, token):
                        return Channel(connection)
                    connection.close()
                if self._process.poll() is not None:
                    break
            self.end(gone=True)
            raise ProcessStartError(last_line(printed))

    def resident(self) -> int | None:
        """Bytes that the session keeps, in memory and in files, None if unknown."""
        if self._process is None or (in_memory := procfs.resident(self._process.pid)) is None:
            return None
        return in_memory + stored({"namespace": False, "private": self._private})

    def stopped(self) -> bool:
        """Whether somebody has stopped the session, as far as that can be known."""
        return self._process is not None and procfs.stopped(self._process.pid)

    def end(self, gone: bool) -> Ending:
        """End the session.

        Args:
            gone: whether it has closed the connection by itself.
        """
        if self._process is None:
            return Ending(None, False, True)
        if gone:  # it may be about to end by itself
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(ENDING_SECONDS)
        alone = self._process.poll() is not None
        kill(self._process)
        remove(self._private)
        status, self._process = self._process.returncode, None
        return Ending(status, alone, True)

    def stop(self) -> None:
        """End the session, if there is one."""
        self.end(gone=False)


def started(
    command: list[str], private: str, printed: IO[bytes], pass_fds: list[int] | None = None
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own; what it prints goes to a file."""
    own, folder = private or "/private", private or "/"
    environment = {**launcher.ENVIRONMENT, "TMPDIR": own, "TEMP": own}
    if sys.platform == "win32":
        environment["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    return subprocess.Popen(
        command, env=environment, cwd=folder, start_new_session=True, pass_fds=pass_fds or (),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=printed,
    )  # fmt: skip


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process, those below it and its group, as far as the system has such things."""
    procfs.kill_descendants(process.pid)
    # The number stands for its group until `wait` has been called, and for another's later.
    if sys.platform != "win32" and process.returncode is None:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def last_line(printed: IO[bytes]) -> str:
    """The last line that a process has printed to a file."""
    printed.seek(0)
    lines = printed.read(10_000).decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it printed nothing"
