"""The folder for results: one run at a time writes to it, and every file is written as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tinytorch.core import system


def write(path: Path, text: str) -> None:
    """Write a file as a whole; its folder is made. After an OSError, the file is as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with system.replacing(path) as file:
        file.write(text.encode("utf-8"))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only run that writes to a folder, which is made.

    Raises:
        BlockingIOError: if another run does.
    """
    with ExitStack() as lock:
        try:
            lock.enter_context(system.locked(folder))
        except BlockingIOError:
            raise BlockingIOError(
                f"another run is writing to {folder}: wait for its end, or choose another folder"
            ) from None
        yield
