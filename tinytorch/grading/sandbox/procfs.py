"""What Linux says of other processes in /proc (proc(5)): what a submission cannot lie about."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
from pathlib import Path

COUNTED = (b"RssAnon", b"RssShmem", b"VmSwap")  # what a process has made; files can be read again


def resident(process: int) -> int | None:
    """Bytes that a process and its descendants keep, in memory or swapped out; None if unknown."""
    kilobytes = in_files = 0
    try:
        for each in [process, *descendants(process)]:
            fields = _status(each)
            kilobytes += sum(int(fields[name].split()[0]) for name in COUNTED if name in fields)
            in_files += _deleted_files(each)
    except OSError:
        return None
    return 1024 * kilobytes + in_files


def descendants(process: int) -> list[int]:
    """The numbers of all processes below one; raises OSError where that is not known."""
    found: list[int] = []
    todo = [process]
    while todo:
        number = todo.pop()
        for thread in os.listdir(f"/proc/{number}/task"):
            children = Path(f"/proc/{number}/task/{thread}/children").read_bytes()
            todo += map(int, children.split())
            found += map(int, children.split())
    return found


def stopped(process: int) -> bool:
    """Whether a process or a descendant of it was stopped, such as by SIGSTOP."""
    with contextlib.suppress(OSError):
        for each in [process, *descendants(process)]:
            with contextlib.suppress(OSError, KeyError):  # that one has just ended
                if _status(each)[b"State"].split()[:1] == [b"T"]:
                    return True
    return False


def kill_descendants(process: int) -> None:
    """Kill all processes below one, as far as they are known."""
    with contextlib.suppress(OSError):
        for number in descendants(process):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)


def is_counted() -> bool:
    """Whether this system tells what others' memory is."""
    return bool(resident(os.getpid()))


def _deleted_files(process: int) -> int:
    """Bytes of open files that no folder lists any more; 0 if its files must not be looked at."""
    found = 0
    with contextlib.suppress(OSError):
        for number in os.listdir(f"/proc/{process}/fd"):
            status = os.stat(f"/proc/{process}/fd/{number}")
            if stat.S_ISREG(status.st_mode) and not status.st_nlink:
                found += 512 * status.st_blocks
    return found


def _status(process: int) -> dict[bytes, bytes]:
    """The fields of a process's status; its name, which it chooses itself, is escaped there."""
    lines = Path(f"/proc/{process}/status").read_bytes().split(b"\n")
    return {name: value for name, _, value in (line.partition(b":") for line in lines)}
