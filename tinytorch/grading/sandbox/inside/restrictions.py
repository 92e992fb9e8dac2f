"""What a process of a sandbox takes away from itself before it runs student code.

Every function here is a layer of its own, works on the calling process and all that it starts, and
cannot be undone: limits (POSIX), and on Linux another user, no capabilities, a seccomp filter that
refuses system calls with EPERM, and Landlock, which leaves only some folders. The kernel is called
through ctypes, so that nothing needs to be installed. A filter is known for x86-64 and ARM64.

That there is nothing to be seen in the first place is the work of namespaces, see `launcher`.
"""

from __future__ import annotations

import ctypes
import errno
import math
import mmap
import os
import platform
import struct
import sys
from typing import Any

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 4, 22, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_SET_THP_DISABLE = 36, 38, 41
CAPSET = {"x86_64": 126, "aarch64": 91}

# What no exercise needs, as numbers on x86-64 and ARM64: other processes and users, new
# namespaces and mounts, sockets, and memory that the limits do not count.
REFUSED = {
    "fork": (57, None), "vfork": (58, None), "clone": (56, 220),
    "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "perf_event_open": (298, 241), "setpriority": (141, 140),
    "sched_setparam": (142, 118), "sched_setscheduler": (144, 119),
    "sched_setaffinity": (203, 122), "ioprio_set": (251, 30),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "socket": (41, 198), "socketpair": (53, 199), "io_uring_setup": (425, 425),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
    "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "bpf": (321, 280), "userfaultfd": (323, 282), "fanotify_init": (300, 262),
}  # fmt: skip
# These may name the process itself: all but 0 is refused, or all but its own number.
ONLY_ZERO = {"prlimit64": (302, 261)}
ONLY_SELF = {"kill": (62, 129), "tgkill": (234, 131)}
CLONE3 = 435


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

    cpu = math.ceil(seconds) + 1
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
        resource.setrlimit(which, (value, value))


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
        os.setresgid(user, user, user)
        if os.stat(folder).st_mode & 0o002 == 0:
            os.chown(folder, user, user)
        os.setresuid(user, user, user)
    except OSError:
        # In a namespace of users, others than root need not exist.
        return False
    return True


def die_with_parent() -> None:
    """Be killed when the parent ends. Another user or fewer capabilities undo it: do it last."""
    _check(_prctl(PR_SET_PDEATHSIG, 9))


def drop_privileges() -> None:
    """Drop all capabilities for good, and be closed to debuggers and to others' reading.

    Raises:
        OSError: if the kernel refuses.
    """
    for capability in range(64):
        _prctl(PR_CAPBSET_DROP, capability)
    _check(_prctl(PR_SET_NO_NEW_PRIVS, 1))
    machine = platform.machine()
    if machine in CAPSET:
        version3 = struct.pack("=Ii", 0x20080522, 0)
        _check(_libc().syscall(CAPSET[machine], version3, bytes(24)))
    _check(_prctl(PR_SET_DUMPABLE, 0))


def adopt_orphans() -> None:
    """Become the parent of all descendants whose parent ends."""
    _check(_prctl(PR_SET_CHILD_SUBREAPER, 1))


def use_small_pages() -> None:
    """Take no more memory than is asked for: huge pages would hide what is kept."""
    _prctl(PR_SET_THP_DISABLE, 1)


def filter_calls() -> bool:
    """Refuse system calls by a seccomp filter; returns whether one is known for this machine."""
    column = {"x86_64": 0, "aarch64": 1}.get(platform.machine())
    if column is None or sys.maxsize < 2**32:
        return False
    architecture = (0xC000003E, 0xC00000B7)[column]
    load, equal, above, give = 0x20, 0x15, 0x35, 0x06
    allow, kill = 0x7FFF0000, 0x80000000
    refuse, unknown = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
    number, first_argument, architecture_at = 0, 16, 4
    # Each is (code, jump if true, jump if false, value).
    program = [
        (load, 0, 0, architecture_at), (equal, 1, 0, architecture), (give, 0, 0, kill),
        (load, 0, 0, number),
        (above, 0, 1, 0x40000000), (give, 0, 0, refuse),  # the other numbering, x32
        (equal, 0, 1, CLONE3), (give, 0, 0, unknown),  # the C library then tries clone
    ]  # fmt: skip
    for number_there in (numbers[column] for numbers in REFUSED.values()):
        if number_there is not None:
            program += [(equal, 0, 1, number_there), (give, 0, 0, refuse)]
    for table, argument in ((ONLY_ZERO, 0), (ONLY_SELF, os.getpid())):
        for numbers in table.values():
            program += [
                (equal, 0, 4, numbers[column]), (load, 0, 0, first_argument),
                (equal, 0, 1, argument), (give, 0, 0, allow), (give, 0, 0, refuse),
            ]  # fmt: skip
    program.append((give, 0, 0, allow))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in program))
    header = struct.pack("@HP", len(program), ctypes.addressof(code))
    return _prctl(PR_SET_SECCOMP, 2, header) == 0


def ruleset(listed: list[str], readable: list[str], writable: list[str]) -> int | None:
    """Make a Landlock ruleset, for `leave_only`.

    Args:
        listed: folders below which folders may be listed.
        readable: files and folders whose content may be read.
        writable: folders in which anything may be done but to run programs.

    Returns:
        The number of its file, or None where the kernel does not have it.
    """
    create, add = 444, 445
    version = _libc().syscall(create, None, 0, 1)
    if version < 1:
        return None
    every = (1 << min(13 + (version >= 2) + (version >= 3), 15)) - 1
    # TCP, and signals to processes outside: from these versions on.
    rules = struct.pack("=QQQ", every, 3 * (version >= 4), 3 * (version >= 6))
    made = _libc().syscall(create, rules, 8 + 8 * (version >= 4) + 8 * (version >= 6), 0)
    if made < 0:
        return None
    execute, read_file, read_folder = 1, 4, 8
    granted = [(path, read_folder) for path in listed]
    granted += [(path, read_file | read_folder * os.path.isdir(path)) for path in readable]
    for path, rights in [*granted, *((path, every & ~execute) for path in writable)]:
        if os.path.exists(path):
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            _check(_libc().syscall(add, made, 1, struct.pack("=Qi", rights, place), 0))
            os.close(place)
    return int(made)


def leave_only(made: int) -> bool:
    """Leave only what a Landlock ruleset grants; returns whether the kernel did."""
    return bool(_libc().syscall(446, made, 0) == 0)


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int, pointer: bytes | None = None) -> int:
    return int(_libc().prctl(option, ctypes.c_ulong(value), pointer, None, None))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
