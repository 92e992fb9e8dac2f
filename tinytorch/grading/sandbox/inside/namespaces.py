"""A view of the file system that holds little, made with mounts in new namespaces (Linux).

This is what bubblewrap does, for systems that lack it, as far as a sandbox needs it: a new root
that is empty but for what is bound into it, read-only, and one private folder with a size. There
is no /proc and no network device. It takes root, or a kernel that lets users make namespaces.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from pathlib import Path

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    *(0x00020000, 0x04000000, 0x08000000),
    *(0x10000000, 0x20000000, 0x40000000),
)
RDONLY, NOSUID, NODEV, REMOUNT, BIND, REC, PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
DETACH = 2
MOUNT_SETATTR, RECURSIVE = 442, 0x8000
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

View = list[tuple[str, str, str]]


def enter(view: View, root: str, room: int) -> None:
    """Go on as process 1 of new namespaces, with a view as the file system.

    The process that was there before waits for the end of this one.

    Args:
        view: steps such as ("bind", source, target), ("mask", "", target), ("link", text, target)
            and ("private", "", target), in this order.
        root: an empty folder to make the view in.
        room: bytes that the private folder may hold.

    Raises:
        OSError: if the kernel refuses.
    """
    if sys.platform != "linux":
        raise OSError("there are namespaces on Linux alone")
    user, group = os.geteuid(), os.getegid()
    flags = NEWNS | NEWPID | NEWNET | NEWIPC | NEWUTS
    try:
        _call("unshare", flags)
    except PermissionError:
        _call("unshare", flags | NEWUSER)
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    first = os.fork()
    if first:
        os.closerange(3, 1024)
        os.waitpid(first, 0)
        os._exit(0)
    os.umask(0o022)
    _mount(None, "/", None, REC | PRIVATE)
    _mount("tmpfs", root, "tmpfs", NOSUID | NODEV, "size=1m,mode=755")
    for kind, source, target in view:
        _step(kind, source, root + target, room)
    for kind, _, target in view:
        if kind == "mask":
            _mount(None, root + target, None, REMOUNT | BIND | RDONLY | NOSUID | NODEV)
    _mount(None, root, None, REMOUNT | BIND | RDONLY | NOSUID | NODEV)
    os.chdir(root)
    # The old root is then on top of the new one, and is taken off at once.
    _check(_libc().syscall(PIVOT_ROOT[platform.machine()], b".", b"."))
    _call("umount2", b".", DETACH)
    os.chdir("/")


def _step(kind: str, source: str, target: str, room: int) -> None:
    if kind == "link":
        os.symlink(source, target)
        return
    if kind == "bind" and not os.path.isdir(source):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "ab"):
            pass
    else:
        os.makedirs(target, exist_ok=True)
    if kind == "mask":
        # Writable until the end: the mount points of later steps may be in it.
        _mount("tmpfs", target, "tmpfs", NOSUID | NODEV, "size=64k,mode=755")
    elif kind == "private":
        _mount("tmpfs", target, "tmpfs", NOSUID | NODEV, f"size={room},nr_inodes=4096,mode=1777")
    else:
        _mount(source, target, None, BIND | REC)
        nodev = 0 if source.startswith("/dev/") else NODEV
        attributes = struct.pack("=QQQQ", RDONLY | NOSUID | nodev, 0, 0, 0)
        _check(_libc().syscall(MOUNT_SETATTR, -100, os.fsencode(target), RECURSIVE, attributes, 32))


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    parts = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    _call("mount", *parts, ctypes.c_ulong(flags), data.encode() or None)


def _call(name: str, *arguments: object) -> None:
    _check(getattr(_libc(), name)(*arguments))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
