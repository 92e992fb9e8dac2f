"""What several rooms ask of the system: processors, optional packages, files as a whole, locks."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

LOCK = ".lock"  # the name of a file
IN_BROWSER = sys.platform == "emscripten"  # Pyodide: no threads, no other processes, no BLAS


def usable_processors() -> int:
    """Processors that this process may use."""
    if IN_BROWSER:  # which counts the machine's, and starts no thread for them
        return 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def optional(package: str, extra: str, purpose: str) -> Iterator[None]:
    """Import inside of this what is installed only if somebody asked for it.

    Args:
        package: what has to be installed.
        extra: the extra of tinytorch that it is in.
        purpose: what needs it, to begin an error with.

    Raises:
        ImportError: if an import inside fails; the message says how to install the extra, or
            that a browser does not have the package.
    """
    try:
        yield
    except ImportError as error:
        if IN_BROWSER:
            where = "which is not here in the browser: install tinytorch on your machine for it"
            raise ImportError(f"{purpose} needs {package}, {where}") from error
        raise ImportError(
            f"{purpose} needs {package}: pip install '.[{extra}]' in tinytorch's folder"
        ) from error


def regular_file(path: Path) -> Path:
    """The path, if nothing else than a file is there: a pipe has no end, a device no size.

    Raises:
        OSError: if there is nothing, or a folder.
        ValueError: if it is a device or a pipe.
    """
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, "there is no such file", str(path))
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "this is a folder, not a file", str(path))
    if not path.is_file():
        raise ValueError(f"{path} is a device or a pipe, where a file was expected")
    return path


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write to, which takes the place of the old one once all is written.

    Args:
        path: where the file is to be.

    Raises:
        OSError: if it cannot be written; an old file of that name is then still there, as it is
            after any other exception.
    """
    # A temporary file in the same folder can be renamed over the old one in a single step.
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise OSError(errno.EEXIST, "there is something that is not a file", str(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(target.parent))
    temporary = target.with_name(f".{os.urandom(8).hex()}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, by a file LOCK in it; the folder is made.

    Raises:
        BlockingIOError: if another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("ab") as file:
        try:
            _lock(file.fileno())
        except OSError:
            raise BlockingIOError(errno.EAGAIN, "another process uses it", str(folder)) from None
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(number: int) -> None:
        os.lseek(number, 0, os.SEEK_SET)
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
elif sys.platform == "emscripten":

    def _lock(number: int) -> None:
        pass  # a page of a browser has one process, and Pyodide no fcntl
else:
    import fcntl

    def _lock(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
