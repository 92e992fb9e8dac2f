"""Chooses what is graded of all that one student handed in.

The newest attempt that has a notebook or a script counts. In it, the notebook comes before the
script and the script before a text; the file of the lesson's name before others, and a copy after
what it is a copy of. What programs install (`venv`, `node_modules`) counts if there is nothing
else, and only under the lesson's name. A zip file is opened; a text without code is no submission.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from tinytorch.grading.submission.archives import MAX_DEPTH
from tinytorch.grading.submission.platforms.upload import Upload, is_folder

ENDINGS = (".ipynb", ".py", ".txt")  # best first
NOTHING = "the folder holds no notebook and no script"
ONLY_TEXT = "no file was handed in, only what the platform itself writes or a text typed into it"
INSTALLED = ("venv", "node_modules", "site-packages", "dist-packages")
MAX_START = 1_000_000  # bytes of a text that are searched for code
CODE = re.compile(
    rb'"cell_type"|^[ \t]*(?:def\s+\w+\s*\(|class\s+\w+\s*[(:]|import\s+[\w.]+\s*(?:as\b|,|$)'
    rb"|from\s+[\w.]+\s+import\b)|^\w+\s*=",
    re.MULTILINE,
)
# What Jupyter, Dropbox, OneDrive, Syncthing and office programs add to the name of a copy.
COPY = re.compile(
    r"^[~$.]+|-Copy\d+|[ -]*\([^()]*(?:conflict|Konflikt)[^()]*\)|\.sync-conflict-[\w-]+"
    r"|-?conflict-\d+| - (?:Copy|Kopie|Copie|Copia)(?: ?\(\d+\))?$",
    re.IGNORECASE,
)
NUMBER = re.compile(r" ?\(\d+\)$")

Rank = tuple[bool, int, bool, bool, bool]


class Folders(Protocol):
    """Lists folders, and opens zip files."""

    def entries(self, folder: Path) -> list[Path]:
        """What is in a folder, without hidden files; nothing if it cannot be read."""

    def opened(self, zip_file: Path) -> Path | None:
        """The folder with what is in a zip file, or None if it cannot be opened."""


class Candidate(NamedTuple):
    """A file that could be graded."""

    path: Path
    upload: Upload
    rank: Rank  # the lowest is the best
    depth: int


class Choice(NamedTuple):
    """What is graded of a student.

    Attributes:
        upload: that it is from.
        path: the file; a folder or any other file if there is nothing to grade.
        problem: why there is nothing, if that is known already.
        fallbacks: files of the same attempt, should that one be blank.
        earlier: files that count no more.
        attempt: the number of the attempt, 0 if it is not known.
    """

    upload: Upload
    path: Path
    problem: str | None = None
    fallbacks: tuple[Path, ...] = ()
    earlier: tuple[Path, ...] = ()
    attempt: int = 0


def without_marks(stem: str) -> str:
    """The name of a file without what programs add to copies."""
    return COPY.sub("", stem) or stem


def choose(uploads: Sequence[Upload], lesson: str, folders: Folders) -> list[Choice]:
    """Choose what is graded of the uploads of one student.

    Returns:
        One choice; several only of a folder that may be that of several students, in which no
        file is better than the others.
    """
    groups = sorted({each.group for each in uploads})
    earlier: list[Path] = []
    chosen: list[Choice] = []
    for number, group in reversed([*enumerate(groups, start=1)]):
        found = [
            candidate
            for upload in uploads
            if upload.group == group and not (upload.is_companion or upload.problem)
            for candidate in _candidates(upload, lesson, folders)
        ]
        if found and not chosen:
            chosen = _best(found, number if group else 0)
        else:
            earlier += sorted(each.path for each in found if not _is_suite(each.path.name))
    if not chosen:
        return [_nothing(uploads, folders)]
    return [each._replace(earlier=(*each.earlier, *earlier)) for each in chosen]


def _best(found: list[Candidate], number: int) -> list[Choice]:
    """The best of one attempt."""
    best = min(each.rank for each in found)
    equal = [each for each in found if each.rank == best]
    # Not a suite, and of the lesson's name: what else could hold the student's answers.
    fallbacks = sorted(
        (each for each in found if each.rank > best and each.rank[2:4] == (False, False)),
        key=lambda each: (each.rank, each.path),
    )
    if len(equal) > 1 and all(each.upload.may_be_several for each in equal):
        return [Choice(each.upload, each.path) for each in sorted(equal)]
    first, *rest = sorted(
        equal, key=lambda each: (-each.upload.serial, -each.upload.attempt, each.depth, each.path)
    )
    return [
        Choice(
            first.upload, first.path,
            fallbacks=tuple(each.path for each in fallbacks),
            earlier=tuple(each.path for each in rest),
            attempt=first.upload.attempt or number,
        )
    ]  # fmt: skip


def _candidates(upload: Upload, lesson: str, folders: Folders) -> list[Candidate]:
    """All files of an upload that could be graded."""
    found = []
    todo = [(upload.path, upload.name or upload.path.name, 0, False)]
    while todo:
        path, name, depth, installed = todo.pop()
        inside: Path | None = None
        if is_folder(path):
            installed |= depth > 0 and (name in INSTALLED or (path / "pyvenv.cfg").is_file())
            inside = path
        elif Path(name).suffix.lower() == ".zip" and not installed:
            inside = folders.opened(path)
        if inside:
            below = folders.entries(inside) if depth < MAX_DEPTH else []
            todo += [(each, each.name, depth + 1, installed) for each in below]
        elif Path(name).suffix.lower() in ENDINGS and not is_folder(path):
            if (installed and lesson not in name) or is_prose(path):
                continue
            found.append(Candidate(path, upload, _rank(name, lesson, installed), depth))
    return found


def _rank(name: str, lesson: str, installed: bool) -> Rank:
    stem, ending = Path(name).stem, Path(name).suffix.lower()
    is_copy = bool(COPY.search(stem) or NUMBER.search(stem))
    return installed, ENDINGS.index(ending), _is_suite(name), lesson not in name, is_copy


def _is_suite(name: str) -> bool:
    return name.startswith("test_")


def is_prose(path: Path) -> bool:
    """Whether a file is a text in which there is no code, such as an apology."""
    if path.suffix.lower() != ".txt" or path.is_symlink() or not path.is_file():
        return False  # a pipe has no end
    try:
        with path.open("rb") as file:
            start = file.read(MAX_START).replace(b"\0", b"")  # of UTF-16
    except OSError:
        return False
    return bool(start.strip()) and not CODE.search(start.removeprefix(b"\xef\xbb\xbf"))


def _nothing(uploads: Sequence[Upload], folders: Folders) -> Choice:
    """What stands for a student of whom nothing can be graded, and why."""
    own = [each for each in uploads if not each.is_companion]
    if not own:
        return Choice(uploads[-1], uploads[-1].path, ONLY_TEXT)
    newest = max(own, key=lambda each: (each.group, each.serial))
    path = newest.path
    if newest.problem:
        return Choice(newest, path, newest.problem)
    if is_folder(path):
        texts = [each for each in folders.entries(path) if is_prose(each)]
        if not texts:
            return Choice(newest, path, NOTHING)
        path = texts[0]
    if is_prose(path):
        why = f"{path.name} holds no code: there is nothing that can be graded"
        return Choice(newest, newest.path, why)
    if path.suffix.lower() == ".zip":
        is_open = folders.opened(path) is not None  # otherwise it is known why
        why_not = "the zip file holds no notebook and no script" if is_open else None
        return Choice(newest, path, why_not)
    return Choice(newest, path)
