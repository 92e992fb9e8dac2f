"""The processes behind a sandbox: a warm one with forks, or one for every session.

Both give out a channel to a process that waits for statements, and take it back with the answer to
how that process ended. What is not sure to be as it was is thrown away.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import IO, Any

from tinytorch.grading.sandbox import launcher as isolation
from tinytorch.grading.sandbox import memory
from tinytorch.grading.sandbox.inside.channel import Channel, Closed, TooLate
from tinytorch.grading.sandbox.inside.protocol import Malformed

PATIENCE = 20.0  # seconds for a process to start or to end on a busy machine


class Failed(OSError):
    """A process did not start; the text is what it said."""


class Warm:
    """A warm process; sessions are its forks.

    Args:
        method: "bwrap", "unshare" or "plain".
        memory: bytes that a session may allocate.
        seconds: processor time that a session may use.

    Raises:
        Failed: if it does not start.
    """

    def __init__(self, method: str, memory: int, seconds: float) -> None:
        self._private = ""
        if method == "plain":
            self._private = tempfile.mkdtemp(prefix="tinytorch-private-")
        ours, theirs = socket.socketpair()
        self._control = ours
        self._channel = Channel(ours)
        number = theirs.fileno()
        command = isolation.command(method, memory, seconds, self._private, control=number)
        with theirs, tempfile.TemporaryFile() as said:
            try:
                self._process = _started(command, self._private, said, pass_fds=[number])
            except OSError:
                ours.close()
                _remove(self._private)
                raise
            theirs.close()
            try:
                self.report: dict[str, Any] = self._channel.receive(time.monotonic() + PATIENCE)
            except TooLate:
                self.stop()
                raise TimeoutError(f"a process took over {PATIENCE:g} s to start") from None
            except (Closed, Malformed):
                self.stop()
                raise Failed(_text(said)) from None

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
        """Bytes that the process and its session keep in memory, if that can be known."""
        return memory.resident(self._process.pid)

    def end(self, gone: bool) -> tuple[int | None, bool]:
        """End the session; returns its exit code or minus the signal, and whether all is clean.

        Args:
            gone: whether it has hung up by itself.
        """
        try:
            self._control.send(b"e")
            report = self._channel.receive(time.monotonic() + PATIENCE)
            return int(report["status"]), bool(report["clean"])
        except (Closed, Malformed, TooLate, OSError):
            return None, False

    def stop(self) -> None:
        """End the process, and with it all that it has started."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            _kill(self._process)
        self._control.close()
        _remove(self._private)


class Once:
    """A process for every session, which it reaches over the loopback network.

    Args:
        memory: bytes that a session may allocate.
        seconds: processor time that a session may use.
    """

    def __init__(self, memory: int, seconds: float) -> None:
        self._memory, self._seconds = memory, seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._private = ""
        self.report: dict[str, Any] = {}

    def alive(self) -> bool:
        """Whether sessions can be started."""
        return True

    def open(self) -> Channel:
        """Start a session.

        Raises:
            Failed: if its process does not start.
        """
        self._private = tempfile.mkdtemp(prefix="tinytorch-private-")
        token = secrets.token_bytes(16)
        with socket.create_server(("127.0.0.1", 0)) as server, tempfile.TemporaryFile() as said:
            command = isolation.command(
                "once", self._memory, self._seconds, self._private,
                port=server.getsockname()[1], token=token.hex(),
            )  # fmt: skip
            self._process = _started(command, self._private, said)
            deadline = time.monotonic() + PATIENCE
            while time.monotonic() < deadline:
                server.settimeout(0.2)
                with contextlib.suppress(TimeoutError):
                    connection, _ = server.accept()
                    connection.settimeout(PATIENCE)
                    with connection.makefile("rb") as start:
                        came = start.read(len(token))
                    if hmac.compare_digest(came, token):
                        return Channel(connection)
                    connection.close()
                if self._process.poll() is not None:
                    break
            self.end(gone=True)
            raise Failed(_text(said))

    def resident(self) -> int | None:
        """Bytes that the session keeps in memory, if that can be known."""
        return memory.resident(self._process.pid) if self._process else None

    def end(self, gone: bool) -> tuple[int | None, bool]:
        """End the session; returns its exit code or minus the signal, and whether all is clean.

        Args:
            gone: whether it has hung up by itself.
        """
        if self._process is None:
            return None, True
        if gone:
            time.sleep(0.1)  # it is about to end, with an exit code of its own
        _kill(self._process)
        _remove(self._private)
        status, self._process = self._process.returncode, None
        return status, True

    def stop(self) -> None:
        """End the session, if there is one."""
        self.end(gone=False)


def _started(
    command: list[str], private: str, said: IO[bytes], pass_fds: list[int] | None = None
) -> subprocess.Popen[bytes]:
    own, folder = private or "/private", private or "/"
    environment = {**isolation.ENVIRONMENT, "TMPDIR": own, "TEMP": own}
    if sys.platform == "win32":
        environment["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    return subprocess.Popen(
        command, env=environment, cwd=folder, start_new_session=True, pass_fds=pass_fds or (),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said,
    )  # fmt: skip


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its group, as far as there are groups."""
    # The number stands for its group until `wait` has been called, and for another's later.
    if sys.platform != "win32" and process.returncode is None:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _remove(folder: str) -> None:
    if not folder:
        return
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if os.path.exists(folder) and os.name == "posix":
        # It does what Python does not: folders nested by the thousand.
        subprocess.run(["rm", "-rf", "--", folder], check=False, stderr=subprocess.DEVNULL)


def _text(said: IO[bytes]) -> str:
    said.seek(0)
    lines = said.read(10_000).decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
