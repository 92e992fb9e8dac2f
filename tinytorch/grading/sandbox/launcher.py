"""How a sandbox's process is started: by which method, with which view of the file system.

The methods, best first:

- `bubblewrap` (Linux, where it is installed) gives the process namespaces of its own: it sees
  Python, NumPy and a copy of `tinytorch.core`, has a private folder in memory, no network, and no
  other process to see.
- `plain` (Linux) is a process of the same system, restricted by Landlock and a filter of system
  calls where the kernel has them, see `inside.restrictions`.
- `once` (Windows, macOS) is a process for every session, held by limits alone.

Root becomes another user inside, since neither limits nor permissions hold root. For that the
interpreter has to be readable by others.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from pathlib import Path
from typing import Any

from tinytorch.grading.sandbox import procfs, rootfs

METHODS = ("bubblewrap", "plain", "once")
PROGRAM = "bwrap"
START = (
    "import sys; sys.path[:1] = [sys.argv[1]]; sys.path.append(sys.argv[2]);"
    "from tinytorch.grading.sandbox.inside import fork_server; fork_server.{}(sys.argv[3])"
)
ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    # One thread: no fork may lose threads, and workers share the machine.
    **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    # Python's own allocator keeps a megabyte for the sake of one object: what is resident would
    # not be what is kept.
    "PYTHONMALLOC": "malloc",
}
PRIVATE_SIZE, PRIVATE_FILES = 64 << 20, 4096  # bytes of the private folder, and files in it
MASK_SIZE = 64 << 10


def methods() -> tuple[str, ...]:
    """The methods that this system might have, best first."""
    if sys.platform != "linux":
        return ("once",)
    return METHODS[:2] if shutil.which(PROGRAM) else METHODS[1:2]


def command(method: str, memory: int, seconds: float, private: str, **more: Any) -> list[str]:
    """The command that starts a process of a sandbox.

    Args:
        method: one of METHODS.
        memory: bytes that student code may allocate.
        seconds: processor time that it may use.
        private: its folder; only `bubblewrap` needs none.
        more: "control", the number of its control socket, or what `fork_server.main_once` needs.

    Returns:
        The command, to be started in ENVIRONMENT.
    """
    isolated, plain = method == "bubblewrap", method == "plain"
    settings = {
        "memory": memory,
        "seconds": seconds,
        "namespace": isolated,
        "private": rootfs.PRIVATE if isolated else private,
        "user": other_user(method, private),
        "files": (PRIVATE_SIZE, PRIVATE_FILES),
        "filter": True,
        "landlock": plain,
        "listed": rootfs.libraries() if plain else [],
        "readable": rootfs.readable() if plain else [],
        **more,
    }
    start = START.format("main_once" if method == "once" else "main")
    python = [rootfs.interpreter(), "-s", "-S", "-B", "-X", "utf8", "-c", start]
    python += [rootfs.LIBRARY if isolated else str(rootfs.copy_of_library())]
    python += [str(rootfs.numpy_folder().parent), json.dumps(settings)]
    return [*_bubblewrap(), *python] if isolated else python


def _bubblewrap() -> list[str]:
    options = [shutil.which(PROGRAM) or PROGRAM, "--unshare-pid", "--unshare-net"]
    options += ["--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--as-pid-1"]
    # No --die-with-parent: that is the death of the thread that started it. Without the grader
    # the control socket closes, and the fork server ends.
    options += ["--new-session", "--clearenv", "--chdir", "/", "--cap-drop", "ALL"]
    # What the fork server needs to mount the private folder, and drops before all else.
    options += ["--cap-add", "CAP_SYS_ADMIN"]
    if os.geteuid() == 0:
        options += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        options.append("--unshare-user")
    for name, value in {**ENVIRONMENT, "TMPDIR": rootfs.PRIVATE}.items():
        options += ["--setenv", name, value]
    made: list[str] = []
    for kind, source, target in rootfs.mounts():
        for parent in reversed(Path(target).parents[:-1]):
            # Made by bubblewrap, it would be closed to the user that root becomes.
            if not any(parent.is_relative_to(other) for other in made):
                options += ["--perms", "0755", "--dir", str(parent)]
        made.append(target)
        if kind == "private":
            options += ["--perms", "1777", "--size", str(PRIVATE_SIZE), "--tmpfs", target]
        elif kind == "mask":
            options += ["--size", str(MASK_SIZE), "--tmpfs", target]
        elif kind == "link":
            options += ["--symlink", source, target]
        else:
            bind = "--dev-bind" if source.startswith("/dev/") else "--ro-bind"
            options += [bind, source, target]
    masks = [target for kind, _, target in rootfs.mounts() if kind == "mask"]
    for target in [*masks, "/"]:
        options += ["--remount-ro", target]
    return options


def other_user(method: str, private: str) -> int | None:
    """The number of the user that root becomes inside, None for others and where it cannot be."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    needed = [*map(Path, rootfs.libraries()), rootfs.numpy_folder(), rootfs.copy_of_library()]
    above = {parent for path in [*needed, Path(private).parent] for parent in (path, *path.parents)}
    if method != "bubblewrap" and not all(path.stat().st_mode & 0o001 for path in above):
        return None
    return 64_000 + secrets.randbelow(1_500)


def enforcement(method: str, report: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Say what a sandbox enforces and what it does not, in two lists of short sentences.

    Args:
        method: how it was started.
        report: what its process reported about itself.
    """
    by = "bubblewrap" if method == "bubblewrap" else ""
    filtered, landlock = bool(report.get("filter")), int(report.get("landlock") or 0)
    linux, posix = sys.platform == "linux", os.name == "posix"
    root = posix and os.geteuid() == 0 and not report.get("user")
    alone = posix and not root and "rlimits"
    both = filtered and landlock and f"seccomp, Landlock {landlock}"
    checks = [
        ("a wall-clock limit for each exercise", "by the grader"),
        ("a process of its own for each exercise", "killed afterwards"),
        ("limits on processor time and file size", posix and "rlimits"),
        ("a limit on the size of all files together", by),
        ("a limit on the number of files", report.get("files") is True and by),
        ("a limit on memory", linux and "rlimits"),
        ("no further processes or threads", (filtered and "seccomp") or alone),
        ("other processes are out of reach", by or both),
        ("no network", by or (filtered and "seccomp")),
        (
            "no files but Python's, NumPy's and the core's",
            by or (landlock and f"Landlock {landlock}"),
        ),
        ("the memory of a layer is measured from outside", procfs.is_counted() and "/proc"),
        ("no dangerous system calls", filtered and "seccomp"),
        ("not the user root", not root and "its own user"),
    ]
    enforced = [f"{words} ({how})" for words, how in checks if how]
    unenforced = [words for words, how in checks if not how]
    if unenforced and linux and not by:
        unenforced.append("(most of these: install the package bubblewrap)")
    return enforced, unenforced
