"""The temporary folder of this process: the copy of the library, and folders for sessions.

It is deleted when the interpreter exits. A process that is killed leaves its folder behind; the
next one that needs such a folder deletes it, as nobody holds its lock any more.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

from tinytorch.core.system import LOCK, locked

PREFIX = "tinytorch-sandbox-"

_making = threading.Lock()


def workspace() -> Path:
    """The folder of this process. Others may list it, as root becomes another user inside."""
    with _making:
        return _workspace(os.getpid())


@functools.cache
def _workspace(_: int) -> Path:
    sweep(Path(tempfile.gettempdir()))
    held = contextlib.ExitStack()
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        with contextlib.suppress(BlockingIOError):
            held.enter_context(locked(folder))  # until the process ends, in whatever way
            if (folder / LOCK).exists():  # and nobody has swept it in between
                break
    folder.chmod(0o755)
    atexit.register(remove, folder)
    atexit.register(held.close)  # called first
    return folder


def sweep(above: Path) -> None:
    """Delete what processes that were killed have left in a folder."""
    for left in above.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if (left / LOCK).exists():
                with locked(left):
                    pass
                remove(left)


def private_folder() -> str:
    """Make a folder that one session may write to."""
    return tempfile.mkdtemp(prefix="private-", dir=workspace())


def remove(folder: str | Path) -> None:
    """Delete a folder, whatever a session has put there."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if os.path.exists(folder) and os.name == "posix":
        # Folders nested by the thousand are too deep for Python's own function.
        subprocess.run(["rm", "-rf", "--", folder], check=False, stderr=subprocess.DEVNULL)
