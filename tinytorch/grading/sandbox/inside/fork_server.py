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
from collections.abc import Callable
from typing import Any

from tinytorch.grading.sandbox.inside import restrictions
from tinytorch.grading.sandbox.inside.channel import Channel
from tinytorch.grading.sandbox.inside.codec import pack
from tinytorch.grading.sandbox.inside.worker import serve

Settings = dict[str, Any]


def main(text: str) -> None:
    """Be the fork server.

    Args:
        text: the settings as JSON, see `launcher`.
    """
    settings: Settings = json.loads(text)
    control = socket.socket(fileno=settings["control"])
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
        rules = restrictions.ruleset(settings["listed"], settings["readable"], private)
    if rules is not None and not _works(functools.partial(restrictions.leave_only, rules)):
        rules = None
    settings["landlock"] = rules is not None
    settings["usage"] = _usage(settings)
    gc.collect()
    gc.freeze()
    settings["used"] = restrictions.address_space()  # by a fork too
    report = {name: settings[name] for name in ("filter", "landlock", "user")}
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
        status = _watch(fork, control, settings["namespace"])
        left = _kill_rest(settings["namespace"]) or _usage(settings) != settings["usage"]
        Channel(control).send(pack({"status": status, "clean": not left}))


def _watch(fork: int, control: socket.socket, namespace: bool) -> int:
    """Wait until a fork ends or has to; returns its exit code, or minus the signal."""
    without_waiting = os.WEXITED | os.WNOHANG | os.WNOWAIT
    ready: list[int]
    try:
        ended = os.pidfd_open(fork)
    except OSError:  # Linux before 5.3
        ready = []
        while not ready and not os.waitid(os.P_PID, fork, without_waiting):
            ready, _, _ = select.select([control.fileno()], [], [], 0.005)
    else:
        ready, _, _ = select.select([ended, control.fileno()], [], [])
        os.close(ended)
    alone = control.fileno() in ready and not control.recv(1)
    os.kill(fork, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1])
    if alone:  # the grader is gone
        _kill_rest(namespace)
        os._exit(0)
    return status


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
    """What changes when files are left in the private folder."""
    if not settings["namespace"]:
        return os.listdir(settings["private"])
    usage = os.statvfs(settings["private"])
    return usage.f_files - usage.f_ffree, usage.f_blocks - usage.f_bfree


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
    if rules is not None and not restrictions.leave_only(rules):
        os._exit(1)
    if settings["filter"] and not restrictions.filter_calls():
        os._exit(1)
