"""What runs in a sandbox: a process that never runs student code, and a fork of it per session.

The fork server imports everything, drops its privileges, and waits at its control socket. One byte
that comes with a socket starts a session: a fork that keeps nothing but that socket. The fork reads
statements from it, runs them, and answers requests until it is killed, see `worker`. Statements
never pass through the fork server, so that no session can find traces of another one. A further
byte ends the session, and so does the end of the fork. Then everything that is left in the process
namespace is killed, and the fork server reports how the fork ended and whether anything was left.

Where processes cannot be forked, `main_once` runs one session in a process of its own.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tinytorch.grading.sandbox.inside import landlock, restrictions
from tinytorch.grading.sandbox.inside.channel import Channel
from tinytorch.grading.sandbox.inside.codec import pack
from tinytorch.grading.sandbox.inside.worker import serve

Settings = dict[str, Any]
# Orders that come with no socket: end the session, end the session that has closed its connection,
# and say how much is in the private folder.
END, HUNG_UP, MEASURE = b"e", b"h", b"m"
ENDING_SECONDS = 0.5


def main(text: str) -> None:
    """Be the fork server.

    Args:
        text: the settings as JSON, see `launcher`.
    """
    settings: Settings = json.loads(text)
    control = socket.socket(fileno=settings["control"])
    if settings["namespace"]:
        settings["files"] = restrictions.mount_private(settings["private"], *settings["files"])
    if settings["user"] and not restrictions.become(settings["user"], settings["private"]):
        settings["user"] = None
    restrictions.drop_privileges()
    if settings["namespace"]:
        restrictions.die_with_parent()  # of bubblewrap: without the grader the socket closes
    restrictions.adopt_orphans()
    restrictions.use_small_pages()
    os.chdir(settings["private"])
    settings["filter"] = settings["filter"] and _works(restrictions.filter_calls)
    rules = None
    if settings["landlock"]:
        private = [settings["private"]]
        rules = landlock.ruleset(settings["listed"], settings["readable"], private)
    if rules is not None and not _works(functools.partial(landlock.leave_only, rules)):
        rules = None
    settings["landlock"] = 0 if rules is None else landlock.version()
    settings["usage"] = _usage(settings)
    gc.collect()
    gc.freeze()
    settings["used"] = restrictions.address_space()  # by a fork too
    report = {name: settings[name] for name in ("filter", "landlock", "user", "files")}
    Channel(control).send(pack(report))
    os.dup2(1, 2)  # nobody reads what is printed from now on
    serve(_next_session(control, settings, rules))


def main_once(text: str) -> None:
    """Be the process of a single session, on any system.

    Args:
        text: the settings as JSON, see `launcher`.
    """
    settings: Settings = json.loads(text)
    connection = socket.create_connection(("127.0.0.1", settings["port"]))
    connection.sendall(bytes.fromhex(settings["token"]))
    os.dup2(1, 2)
    os.chdir(settings["private"])
    if settings["user"]:
        restrictions.become(settings["user"], settings["private"])
    restrictions.limit(settings["memory"], settings["seconds"])
    serve(connection)


def _next_session(control: socket.socket, settings: Settings, rules: int | None) -> socket.socket:
    """Wait for sessions; only a fork returns, restricted, with its socket."""
    while True:
        order, passed, _, _ = socket.recv_fds(control, 1, 1)
        if not order:
            os._exit(0)
        if not passed:
            continue  # an order to end a session that has just ended by itself
        fork = os.fork()
        if fork == 0:
            _restrict(settings, rules)
            kept = os.dup2(passed[0], 3)
            control.detach()
            os.closerange(4, 1024)
            return socket.socket(fileno=kept)
        os.close(passed[0])
        status, alone = _watch(fork, control, settings)
        left = _kill_rest(settings["namespace"]) or _usage(settings) != settings["usage"]
        Channel(control).send(pack({"status": status, "alone": alone, "clean": not left}))


def _watch(fork: int, control: socket.socket, settings: Settings) -> tuple[int, bool]:
    """Wait until a fork ends or has to.

    Returns:
        Its exit code, or minus the signal; and whether it had ended before it was killed here.
    """
    order: bytes | None = None
    while _wait(fork, control) and (order := control.recv(1)) == MEASURE:
        Channel(control).send(pack({"stored": stored(settings)}))
    patience = ENDING_SECONDS if order == HUNG_UP else 0.0  # it may be about to end by itself
    while not (alone := _has_ended(fork)) and patience > 0:
        time.sleep(0.005)
        patience -= 0.005
    os.kill(fork, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1])
    if order == b"":  # the grader is gone
        _kill_rest(settings["namespace"])
        os._exit(0)
    return status, alone


def _wait(fork: int, control: socket.socket) -> bool:
    """Wait until a fork ends or there is an order; returns whether there is one."""
    try:
        ended = os.pidfd_open(fork)
    except OSError:  # Linux before 5.3
        ready: list[int] = []
        while not ready and not _has_ended(fork):
            ready, _, _ = select.select([control.fileno()], [], [], 0.005)
    else:
        ready, _, _ = select.select([ended, control.fileno()], [], [])
        os.close(ended)
    return control.fileno() in ready


def _has_ended(fork: int) -> bool:
    """Whether a child has ended; it remains to be waited for."""
    return os.waitid(os.P_PID, fork, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _kill_rest(namespace: bool) -> bool:
    """Kill whatever a session has left; returns whether there was anything."""
    found = False
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0]:
                found = True
                continue
        except ChildProcessError:
            return found
        found = True
        # As process 1, "all processes" are those of this namespace.
        if namespace and os.getpid() == 1:
            os.kill(-1, signal.SIGKILL)
            os.waitpid(-1, 0)
        else:
            with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
                for number in file.read().split():
                    os.kill(int(number), signal.SIGKILL)
                    os.waitpid(int(number), 0)


def _usage(settings: Settings) -> Any:
    """What changes when a session does anything to the private folder."""
    folder = os.stat(settings["private"])
    usage = os.statvfs(settings["private"])
    left = (usage.f_files - usage.f_ffree, usage.f_bfree) if settings["namespace"] else ()
    mode = folder.st_mode, folder.st_uid, folder.st_gid
    attributes: list[str] = []
    with suppress(OSError):  # not every file system has them
        attributes = os.listxattr(settings["private"])
    return left, mode, folder.st_mtime_ns, folder.st_ctime_ns, attributes


def stored(settings: Settings) -> int:
    """Bytes of the files in the private folder."""
    if settings["namespace"]:
        usage = os.statvfs(settings["private"])
        return (usage.f_blocks - usage.f_bfree) * usage.f_frsize
    found = 0
    for folder, _, names in os.walk(settings["private"]):
        for name in names:
            with suppress(OSError):
                found += 512 * os.lstat(os.path.join(folder, name)).st_blocks
    return found


def _works(layer: Callable[[], bool]) -> bool:
    """Whether a layer can be had, tried in a process that ends at once."""
    fork = os.fork()
    if fork == 0:
        try:
            os._exit(0 if layer() else 1)
        except BaseException:
            os._exit(1)
    return os.waitpid(fork, 0)[1] == 0


def _restrict(settings: Settings, rules: int | None) -> None:
    """Apply the rest; a layer that worked before and fails now ends the process."""
    os.setsid()
    restrictions.die_with_parent()
    restrictions.limit(settings["memory"], settings["seconds"], settings["used"])
    if rules is not None and not landlock.leave_only(rules):
        os._exit(1)
    if settings["filter"] and not restrictions.filter_calls():
        os._exit(1)
