"""Leaves a process only some files and folders: Landlock, of Linux 5.13 and later (landlock(7))."""

from __future__ import annotations

import os
import struct

from tinytorch.grading.sandbox.inside.restrictions import check, libc

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # numbers of system calls, everywhere
PATH_BENEATH = 1


def version() -> int:
    """What the kernel can do: 1 is files, from 4 on TCP, from 6 on signals; 0 is nothing."""
    return max(0, int(libc().syscall(CREATE_RULESET, None, 0, 1)))


def ruleset(listed: list[str], readable: list[str], writable: list[str]) -> int | None:
    """Make a Landlock ruleset, for `leave_only`.

    Args:
        listed: folders below which folders may be listed.
        readable: files and folders whose content may be read.
        writable: folders in which anything may be done but to run programs.

    Returns:
        The number of its file, or None where the kernel does not have it.
    """
    known = version()
    if known < 1:
        return None
    every = (1 << min(13 + (known >= 2) + (known >= 3), 15)) - 1
    # TCP, and signals to processes outside: from these versions on.
    rules = struct.pack("=QQQ", every, 3 * (known >= 4), 3 * (known >= 6))
    made = libc().syscall(CREATE_RULESET, rules, 8 + 8 * (known >= 4) + 8 * (known >= 6), 0)
    if made < 0:
        return None
    execute, read_file, read_folder = 1, 4, 8
    granted = [(path, read_folder) for path in listed]
    granted += [(path, read_file | read_folder * os.path.isdir(path)) for path in readable]
    for path, rights in [*granted, *((path, every & ~execute) for path in writable)]:
        if os.path.exists(path):
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            check(libc().syscall(ADD_RULE, made, 1, struct.pack("=Qi", rights, place), 0))
            os.close(place)
    return int(made)


def leave_only(made: int) -> bool:
    """Leave only what a Landlock ruleset grants; returns whether the kernel did."""
    return bool(libc().syscall(RESTRICT_SELF, made, 0) == 0)
