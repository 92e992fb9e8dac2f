"""What a process of a sandbox takes away from itself before it runs student code.

Every function here is a layer of its own, works on the calling process and all that it starts, and
cannot be undone: limits (POSIX), and on Linux another user, no capabilities, a filter of system
calls (seccomp, see `system_calls`), and `landlock`, which leaves only some folders. The kernel is
called through ctypes, so that nothing needs to be installed.

That there is nothing to be seen in the first place is the work of namespaces, see `launcher`.
"""

from __future__ import annotations

import ctypes
import math
import mmap
import os
import platform
import struct
import sys
from typing import Any

from tinytorch.grading.sandbox.inside import system_calls

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_SET_THP_DISABLE = 36, 38, 41
MS_NOSUID, MS_NODEV = 2, 4
CAPSET = {"x86_64": 126, "aarch64": 91}


def mount_private(folder: str, size: int, files: int) -> bool:
    """Cover a folder with an empty one in memory; returns whether the kernel did.

    Args:
        folder: the folder.
        size: bytes of all files in it.
        files: how many files and folders it may have.
    """
    if sys.platform != "linux":
        return False
    options = f"size={size},nr_inodes={files},mode=1777".encode()
    flags = MS_NOSUID | MS_NODEV
    return bool(libc().mount(b"tmpfs", os.fsencode(folder), b"tmpfs", flags, options) == 0)


def limit(memory: int, seconds: float, used: int | None = None) -> None:
    """Set limits on memory, processor time, processes and files. Does nothing on Windows.

    Args:
        memory: bytes that may be allocated on top of what is used now.
        seconds: processor time.
        used: bytes of address space in use, if `address_space` was asked already.
    """
    if sys.platform == "win32":
        return
    import resource

    cpu = math.ceil(seconds) + 1  # then SIGXCPU; SIGKILL would look like somebody else's
    wanted = {
        "RLIMIT_CPU": cpu,
        "RLIMIT_NPROC": 0,
        "RLIMIT_FSIZE": 16 << 20,
        "RLIMIT_NOFILE": 64,
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 0,
    }
    if sys.platform == "linux":
        wanted["RLIMIT_AS"] = (used or address_space()) + memory
    for name, value in wanted.items():
        which = getattr(resource, name, None)
        if which is None:
            continue
        hard = resource.getrlimit(which)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        above = value + 1 if name == "RLIMIT_CPU" and value != hard else value
        resource.setrlimit(which, (value, above))


def address_space() -> int:
    """Bytes of address space in use, found by trial: there may be no /proc to read it from."""
    import resource

    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    low, high = 0, 1 << 47 if hard == resource.RLIM_INFINITY else hard
    while high - low > mmap.PAGESIZE:
        middle = (low + high) // 2
        resource.setrlimit(resource.RLIMIT_AS, (middle, hard))
        try:
            mmap.mmap(-1, mmap.PAGESIZE).close()
        except OSError:
            low = middle
        else:
            high = middle
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    return high


def become(user: int, folder: str) -> bool:
    """Give up being root for a user that owns one folder; returns whether there is such a user."""
    if sys.platform == "win32":
        return False
    try:
        os.setgroups([])
        os.setgid(user)
        if os.stat(folder).st_mode & 0o002 == 0:
            os.chown(folder, user, user)
        os.setuid(user)
    except OSError:
        # In a namespace of users, others than root need not exist.
        return False
    return True


def die_with_parent() -> None:
    """Be killed when the parent ends. Another user or fewer capabilities undo it: do it last."""
    check(_prctl(PR_SET_PDEATHSIG, 9))


def drop_privileges() -> None:
    """Drop all capabilities for good, and be closed to debuggers and to others' reading.

    Raises:
        OSError: if the kernel refuses.
    """
    for capability in range(64):
        _prctl(PR_CAPBSET_DROP, capability)
    check(_prctl(PR_SET_NO_NEW_PRIVS, 1))
    machine = platform.machine()
    if machine in CAPSET:
        version3 = struct.pack("=Ii", 0x20080522, 0)
        check(libc().syscall(CAPSET[machine], version3, bytes(24)))
    check(_prctl(PR_SET_DUMPABLE, 0))


def adopt_orphans() -> None:
    """Become the parent of all descendants whose parent ends."""
    check(_prctl(PR_SET_CHILD_SUBREAPER, 1))


def use_small_pages() -> None:
    """Take no more memory than is asked for: huge pages would hide what is kept."""
    _prctl(PR_SET_THP_DISABLE, 1)


def filter_calls() -> bool:
    """Refuse system calls by a seccomp filter; returns whether one is known for this machine."""
    return system_calls.filter_calls(_prctl)


def libc() -> Any:
    """The C library."""
    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int, pointer: bytes | None = None) -> int:
    return int(libc().prctl(option, ctypes.c_ulong(value), pointer, None, None))


def check(result: int) -> None:
    """Raise OSError unless a call of the C library gave 0."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
