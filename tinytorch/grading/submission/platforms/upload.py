"""What the parsers of platforms give: who handed in a file or folder, when, on which attempt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple


class Upload(NamedTuple):
    """A file or folder that was handed in.

    Attributes:
        path: where it is.
        student: the name, as the platform writes it.
        key: the same for all uploads of a student, and for nobody else's.
        id: by which the platform knows the student, or "".
        others: further ids, such as the login or the e-mail address.
        time: when it was handed in, as "2026-10-01 12:30:00", with "+00:00" behind if the platform
            says the zone; "" if it is not known.
        group: the same for what was handed in together, greater for what came later; "" if the
            platform does not keep attempts apart.
        attempt: its number, where the platform gives one, else 0.
        serial: of several files that were handed in, the latest has the greatest.
        late: whether the platform says so; None if it says nothing.
        name: of the file, as the student called it; "" if that is the path's.
        is_companion: written by the platform beside the student's files: a receipt, a text, a page.
        problem: why nothing of it can be graded, if that is known; else "".
        may_be_several: a folder that may hold the files of several students.
        feedback: what the platform wants the name of a page of feedback to begin with, or "".
    """

    path: Path
    student: str
    key: str
    id: str = ""
    others: tuple[str, ...] = ()
    time: str = ""
    group: str = ""
    attempt: int = 0
    serial: int = 0
    late: bool | None = None
    name: str = ""
    is_companion: bool = False
    problem: str = ""
    may_be_several: bool = False
    feedback: str = ""


# parse(entries of a folder, name of the lesson): the uploads of those entries that it knows
Parser = Callable[[Sequence[Path], str], dict[Path, list[Upload]]]


def files_below(folder: Path) -> list[Path]:
    """The entries of a folder, sorted; none of one that cannot be read."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def is_folder(path: Path) -> bool:
    """Whether a path is a folder, and not a link to one."""
    return path.is_dir() and not path.is_symlink()


def read_start(path: Path, size: int = 100_000) -> str:
    """The start of a small text that a platform wrote; "" if it cannot be read."""
    try:
        if path.is_symlink() or not path.is_file():
            return ""
        with path.open("rb") as file:
            return file.read(size).decode("utf-8-sig", "replace")
    except OSError:
        return ""
