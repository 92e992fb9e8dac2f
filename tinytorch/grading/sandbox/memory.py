"""Memory of other processes, as the system counts it: what a submission cannot lie about."""

from __future__ import annotations

import os
from pathlib import Path

COUNTED = ("RssAnon", "RssShmem", "VmSwap")  # what a process has made; files can be read again


def resident(process: int) -> int | None:
    """Bytes that a process and its descendants keep, in memory or swapped out.

    They are counted by Linux in `/proc` (proc(5)); None where there is no such thing.
    """
    kilobytes, todo = 0, [process]
    try:
        while todo:
            folder = f"/proc/{todo.pop()}"
            for line in Path(folder, "status").read_text(encoding="utf-8").splitlines():
                name, _, value = line.partition(":")
                if name in COUNTED:
                    kilobytes += int(value.split()[0])
            for thread in os.listdir(f"{folder}/task"):
                children = Path(folder, "task", thread, "children")
                todo += map(int, children.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return None
    return 1024 * kilobytes


def is_counted() -> bool:
    """Whether this system tells what others' memory is."""
    return bool(resident(os.getpid()))
