"""What a sandbox gets to see: a copy of the library without its solution, Python and NumPy.

The copy is made once, of what the processes inside and the student's code import: `tinytorch.core`,
`datasets` and `sandbox.inside`. Everything else is shown where it is, read-only, since paths are
built into interpreters and libraries; folders of other packages in between are covered.
"""

from __future__ import annotations

import functools
import os
import py_compile
import shutil
import sys
import sysconfig
import threading
from pathlib import Path

import numpy as np

import tinytorch
from tinytorch.grading.sandbox.workspace import workspace

INSIDE = (
    *("__init__.py", "_start.py", "core/*.py", "datasets/__init__.py", "datasets/*.npz"),
    *("grading/__init__.py", "grading/sandbox/__init__.py"),
    *("grading/sandbox/inside/*.py", "grading/sandbox/inside/submission/*.py"),
)
SYSTEM = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib64", "/nix/store")
# Debian's NumPy finds its BLAS library through the first, other libraries need the second.
LINKS = ("/etc/alternatives", "/etc/ld.so.cache")

LIBRARY, PRIVATE = "/library", "/private"  # where a sandbox has the copy, and its own folder

_copying = threading.Lock()


def copy_of_library() -> Path:
    """The folder with the copy of the library."""
    with _copying:
        return _copy(workspace())


@functools.cache
def _copy(above: Path) -> Path:
    folder = above / "library"
    package, copy = Path(tinytorch.__file__).parent, folder / "tinytorch"
    for path in [path for pattern in INSIDE for path in package.glob(pattern)]:
        target = copy / path.relative_to(package)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    # What is compiled once need not be compiled in every process. Others may read all of it.
    for path in copy.rglob("*.py"):
        py_compile.compile(str(path))
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def interpreter() -> str:
    """The path of the interpreter itself, not a virtual environment's."""
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def numpy_folder() -> Path:
    """Where the package NumPy is."""
    return Path(np.__file__).parent


@functools.cache
def libraries() -> list[str]:
    """Folders with Python's library and those of the system."""
    base = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
    base |= {"installed_base": sys.base_prefix, "installed_platbase": sys.base_exec_prefix}
    own = [sysconfig.get_path(name, vars=base) for name in ("stdlib", "platstdlib")]
    shared = sysconfig.get_config_var("LIBDIR") or ""
    if os.path.realpath(shared).startswith(os.path.realpath(sys.base_prefix) + os.sep):
        own.insert(0, shared)  # libpython, and all that conda has
    found: list[str] = []
    for path in [*SYSTEM, *map(os.path.realpath, own)]:
        inside = any(path.startswith(other + os.sep) for other in found)
        if os.path.isdir(path) and path not in found and not inside:
            found.append(path)
    return found


@functools.cache
def readable() -> tuple[str, ...]:
    """The files and folders of `libraries` without other packages."""

    def parts(folder: str) -> list[str]:
        found = []
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if name.startswith("python") and os.path.isdir(path):
                found += parts(path)
            elif not name.endswith("-packages"):
                found.append(path)
        return found

    own = [str(numpy_folder()), f"{numpy_folder()}.libs", str(copy_of_library())]
    return (*(part for folder in libraries() for part in parts(folder)), *own, *LINKS)


@functools.cache
def mounts() -> tuple[tuple[str, str, str], ...]:
    """The steps that make a sandbox's file system, in their order.

    Returns:
        ("bind", source, target), ("link", text, target), ("mask", "", target) for an empty folder
        that covers what is there, and ("private", "", target) for the only writable folder.
    """
    steps = []
    folders = libraries()
    for path in folders:
        if os.path.islink(path):
            steps.append(("link", os.readlink(path), path))
        else:
            steps.append(("bind", path, path))
    for library in folders:
        for pattern in ("site-packages", "dist-packages", "python*/*-packages"):
            steps += [("mask", "", str(path)) for path in sorted(Path(library).glob(pattern))
                      if not os.path.islink(library)]  # fmt: skip
    steps.append(("bind", interpreter(), interpreter()))
    for folder in (numpy_folder(), numpy_folder().with_name("numpy.libs")):
        if folder.is_dir():
            steps.append(("bind", str(folder), str(folder)))
    steps += [("bind", path, path) for path in LINKS if os.path.exists(path)]
    steps += [("bind", "/dev/null", "/dev/null"), ("bind", str(copy_of_library()), LIBRARY)]
    steps.append(("private", "", PRIVATE))
    if not any(target.startswith("/tmp/") for _, _, target in steps):
        steps.append(("link", PRIVATE.removeprefix("/"), "/tmp"))
    return tuple(steps)
