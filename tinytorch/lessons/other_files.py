"""Code that a notebook takes from other files of its folder, which are not handed in with it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from sysconfig import get_path
from types import FunctionType, ModuleType
from typing import Any

# What a cell writes to is in the notebook, and there when it is graded. IPython keeps its calls.
WRITTEN = re.compile(r"run_cell_magic\('(?:writefile|file)', '(?:-a )?\s*([^']+?)\s*',")


def other_files(namespace: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Find the files of a folder that definitions come from.

    Args:
        namespace: the definitions of a notebook or script, with "In" as in IPython.
        folder: where it runs.

    Returns:
        For each name that comes from another file, the name of that file below the folder.
    """
    folder = folder.resolve()
    known = {Path(name).name for cell in namespace.get("In", ()) for name in WRITTEN.findall(cell)}
    known.add(Path(str(namespace.get("__file__", ""))).name)
    found = {}
    for name, value in namespace.items():
        for file in _files(value):
            path = Path(file).resolve()
            ours = path.is_relative_to(folder) and not _is_installed(path)
            if ours and path.suffix == ".py" and path.name not in known and path.is_file():
                found[name] = path.relative_to(folder).as_posix()
    return found


def sentence(found: Mapping[str, str]) -> str:
    """Say what that means for the grade."""
    by_file: dict[str, list[str]] = {}
    for name, file in found.items():
        by_file.setdefault(file, []).append(name)
    return " ".join(
        f"{', '.join(names)} {'comes' if len(names) == 1 else 'come'} from {file}, which is not "
        "handed in with the notebook: put its code into a cell, or points will be lost."
        for file, names in by_file.items()
    )


def _is_installed(path: Path) -> bool:
    """Whether a file belongs to Python or a library, should they lie below the folder."""
    libraries = {"site-packages", "dist-packages"}
    return path.is_relative_to(get_path("stdlib")) or not libraries.isdisjoint(path.parts)


def _files(value: Any) -> Iterator[str]:
    """The files that a module, function or class was read from."""
    if not isinstance(value, (ModuleType, FunctionType, type)):
        return  # what it was made by is there too, or is not needed
    module = value if isinstance(value, ModuleType) else None
    if module is None and (name := getattr(value, "__module__", None)) not in (None, "__main__"):
        module = sys.modules.get(name) if isinstance(name, str) else None
    if module is not None:
        if module.__name__.partition(".")[0] != "tinytorch":
            yield getattr(module, "__file__", None) or ""
        return
    # What IPython's %run has defined is in the module of the notebook.
    for each in (value, *vars(value).values()) if isinstance(value, type) else (value,):
        code = getattr(each, "__code__", None)
        yield getattr(code, "co_filename", "")
