"""Pyodide, the Python of a browser: which one a site uses, and a copy of what it needs of it."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

VERSION = "0.27.7"  # with Python 3.12 and NumPy 2.0; what JupyterLite's kernel 0.6 is made for
CDN = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/pyodide.js"

# Loaded when the kernel starts: what the kernel imports, what the lesson does, and what the wheels
# of a site need. Each brings what it depends on.
PACKAGES = ("micropip", "ssl", "sqlite3", "jedi", "ipython", "numpy", "matplotlib", "packaging",
            "pygments")  # fmt: skip
LOCK = "pyodide-lock.json"
CORE = (LOCK, "pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")


def copy_pyodide(source: Path, target: Path) -> None:
    """Copy what a site needs of a Pyodide distribution: about 35 MB of 400.

    Args:
        source: a folder with a distribution, or the archive (.tar.bz2, .tgz) of one.
        target: a folder, which is made.

    Raises:
        FileNotFoundError: if there is nothing, or a file is not in the distribution.
        ValueError: if it is another version, or a package is not what its lock file says.
    """
    with _folder(source) as folder:
        lock = json.loads((folder / LOCK).read_text(encoding="utf-8"))
        if lock["info"]["version"] != VERSION:
            raise ValueError(
                f"expected Pyodide {VERSION}, got {lock['info']['version']} in {source}"
            )
        packages = package_files(lock)
        names = [*CORE, *packages]
        missing = [name for name in names if not (folder / name).is_file()]
        if missing:
            raise FileNotFoundError(f"{source} lacks {', '.join(missing)} of Pyodide {VERSION}")
        for name, expected in packages.items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
                raise ValueError(
                    f"{name} in {source} is not the file that {LOCK} names: download it again"
                )
        target.mkdir(parents=True)
        for name in names:
            shutil.copyfile(folder / name, target / name)


def package_files(lock: Mapping[str, Any]) -> dict[str, str]:
    """The files of PACKAGES and of all that they depend on.

    Args:
        lock: what the distribution's lock file holds.

    Returns:
        A dict from the name of each file to its SHA-256.
    """
    packages = lock["packages"]
    files: dict[str, str] = {}
    waiting = list(PACKAGES)
    while waiting:
        package = packages[re.sub(r"[-_.]+", "-", waiting.pop()).lower()]
        if package["file_name"] not in files:
            files[package["file_name"]] = package["sha256"]
            waiting += package["depends"]
    return files


@contextmanager
def _folder(source: Path) -> Iterator[Path]:
    """The folder of a distribution, which may have to be unpacked."""
    if source.is_dir():
        yield _with_lock(source)
        return
    with tempfile.TemporaryDirectory() as unpacked:
        try:
            with tarfile.open(source) as archive:
                archive.extractall(unpacked, filter="data")
        except tarfile.ReadError as error:
            raise ValueError(f"{source} is neither a folder nor a .tar.bz2 or .tgz") from error
        yield _with_lock(Path(unpacked))


def _with_lock(folder: Path) -> Path:
    """The folder that has the lock file: this one or one in it."""
    for each in (folder, *sorted(path for path in folder.iterdir() if path.is_dir())):
        if (each / LOCK).is_file():
            return each
    raise FileNotFoundError(f"there is no {LOCK} in {folder}: expected Pyodide {VERSION}")
