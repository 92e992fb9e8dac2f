"""The folder for results: one run at a time writes to it, and every file is written as a whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tinytorch.core.system import replacing


def write(path: Path, text: str) -> None:
    """Write a file as a whole; its folder is made. After an OSError, the file is as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(text.encode("utf-8"))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, by a file `.lock` in it; the folder is made.

    Raises:
        BlockingIOError: if another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("ab") as file:
        try:
            _lock(file.fileno())
        except OSError:
            raise BlockingIOError(
                f"another run is writing to {folder}: wait for its end, or choose another folder"
            ) from None
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(number: int) -> None:
        os.lseek(number, 0, os.SEEK_SET)
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
