"""The system calls that student code may make: what Python, NumPy and its BLAS library need.

The list was found by tracing the right and wrong sample submissions, and completed by what reading
and writing files in the private folder, waiting and crashing need. Everything else is refused: new
processes and threads, signals to others, sockets, pipes and shared memory (which no limit counts),
modes, owners and times of files, links, mounts, namespaces, and whatever future kernels bring.
Numbers are known for x86-64 and ARM64 (Linux's `asm/unistd.h`).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import signal
import struct
import sys
from collections.abc import Callable

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # of linux/audit.h

# name: (number on x86-64, number on ARM64), None where there is no such call; frequent ones first
ALLOWED = {
    "recvfrom": (45, 207), "newfstatat": (262, 79), "sendto": (44, 206), "brk": (12, 214),
    "read": (0, 63), "madvise": (28, 233), "getsockopt": (55, 209), "setsockopt": (54, 208),
    "getsockname": (51, 204), "shutdown": (48, 210), "write": (1, 64), "readv": (19, 65),
    "writev": (20, 66), "pread64": (17, 67), "pwrite64": (18, 68), "lseek": (8, 62),
    "open": (2, None), "openat": (257, 56), "creat": (85, None), "close": (3, 57),
    "close_range": (436, 436), "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24),
    "stat": (4, None), "fstat": (5, 80), "lstat": (6, None), "statx": (332, 291),
    "access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439),
    "readlink": (89, None), "readlinkat": (267, 78), "getdents": (78, None),
    "getdents64": (217, 61), "getcwd": (79, 17), "chdir": (80, 49), "fchdir": (81, 50),
    "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None), "unlink": (87, None),
    "unlinkat": (263, 35), "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276),
    "truncate": (76, 45), "ftruncate": (77, 46), "fsync": (74, 82), "fdatasync": (75, 83),
    "umask": (95, 166), "mmap": (9, 222), "munmap": (11, 215), "mremap": (25, 216),
    "mprotect": (10, 226), "mincore": (27, 232), "membarrier": (324, 283), "futex": (202, 98),
    "rseq": (334, 293), "set_robust_list": (273, 99), "set_tid_address": (218, 96),
    "arch_prctl": (158, None), "restart_syscall": (219, 128), "exit": (60, 93),
    "exit_group": (231, 94), "poll": (7, None), "ppoll": (271, 73), "select": (23, None),
    "pselect6": (270, 72), "pause": (34, None), "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115), "clock_gettime": (228, 113), "clock_getres": (229, 114),
    "gettimeofday": (96, 169), "time": (201, None), "times": (100, 153), "getrusage": (98, 165),
    "alarm": (37, None), "getitimer": (36, 102), "setitimer": (38, 103),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "rt_sigpending": (127, 136), "rt_sigtimedwait": (128, 137), "rt_sigsuspend": (130, 133),
    "sigaltstack": (131, 132), "getpid": (39, 172), "getppid": (110, 173), "gettid": (186, 178),
    "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176), "getegid": (108, 177),
    "uname": (63, 160), "sysinfo": (99, 179), "getcpu": (309, 168), "getrandom": (318, 278),
    "getrlimit": (97, 163), "sched_yield": (24, 124), "sched_getaffinity": (204, 123),
}  # fmt: skip

# These are allowed with some values of an argument: (numbers, argument, values).
NON_BLOCKING, CLOSE_ON_EXEC, KEEP_ON_EXEC, UNREAD = 0x5421, 0x5451, 0x5450, 0x541B
IS_TERMINAL, TERMINAL_SIZE = 0x5401, 0x5413
DUPLICATE, GET_FLAGS, SET_FLAGS, GET_STATUS, SET_STATUS, DUPLICATE_CLOSED = 0, 1, 2, 3, 4, 1030
IOCTL = (NON_BLOCKING, CLOSE_ON_EXEC, KEEP_ON_EXEC, UNREAD, IS_TERMINAL, TERMINAL_SIZE)
FCNTL = (DUPLICATE, GET_FLAGS, SET_FLAGS, GET_STATUS, SET_STATUS, DUPLICATE_CLOSED)
PARTLY_ALLOWED = {
    "ioctl": ((16, 29), 1, IOCTL),
    "fcntl": ((72, 25), 1, FCNTL),  # no owners of files, who would get signals
    "prlimit64": ((302, 261), 0, (0,)),  # of the process itself
    "tgkill": ((234, 131), 2, (signal.SIGABRT,)),  # abort(), see below
}
FIRST_NEW = 424  # numbers from here on are the same everywhere, and libraries do without them

LOAD, EQUAL, ABOVE, GIVE = 0x20, 0x15, 0x35, 0x06  # codes of the filter's instructions
ALLOW, KILL = 0x7FFF0000, 0x80000000
REFUSE, UNKNOWN = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # where they are in what the filter sees
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2


def program() -> list[tuple[int, int, int, int]] | None:
    """The filter, for the calling process: (code, jump if true, jump if false, value) of each step.

    None where the numbers are not known.
    """
    machine = platform.machine()
    if machine not in AUDIT_ARCH or sys.maxsize < 2**32:
        return None
    column = list(AUDIT_ARCH).index(machine)
    steps = [
        (LOAD, 0, 0, ARCHITECTURE), (EQUAL, 1, 0, AUDIT_ARCH[machine]), (GIVE, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        (ABOVE, 0, 1, 0x40000000), (GIVE, 0, 0, REFUSE),  # the other numbering, x32
    ]  # fmt: skip
    for numbers in ALLOWED.values():
        number = numbers[column]
        if number is not None:
            steps += [(EQUAL, 0, 1, number), (GIVE, 0, 0, ALLOW)]
    for name, (numbers, argument, values) in PARTLY_ALLOWED.items():
        tests = [(LOAD, 0, 0, ARGUMENTS + 8 * argument)]
        for value in values:
            tests += [(EQUAL, 0, 1, value), (GIVE, 0, 0, ALLOW)]
        if name == "tgkill":  # to the process itself
            tests = [(LOAD, 0, 0, ARGUMENTS), (EQUAL, 1, 0, os.getpid()), (GIVE, 0, 0, REFUSE),
                     *tests]  # fmt: skip
        tests.append((GIVE, 0, 0, REFUSE))
        steps += [(EQUAL, 0, len(tests), numbers[column]), *tests]
    return [*steps, (ABOVE, 0, 1, FIRST_NEW), (GIVE, 0, 0, UNKNOWN), (GIVE, 0, 0, REFUSE)]


def filter_calls(prctl: Callable[[int, int, bytes], int]) -> bool:
    """Refuse all other system calls from now on; returns False where their numbers are not known.

    Args:
        prctl: calls the C library's function of that name.
    """
    steps = program()
    if steps is None:
        return False
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    header = struct.pack("@HP", len(steps), ctypes.addressof(code))
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header) == 0
