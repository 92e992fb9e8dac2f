"""Finds the submissions of a class in a folder or in a zip file. Nothing is read or run here.

What lies at the top is a student's: a file by itself, or a folder, of which the notebook counts,
else the script. Names as Canvas and Moodle make them are taken apart. Whatever it is, every student
is found, so that all get a row: a folder without a notebook or a file of another kind as well.

A zip file is unpacked into a folder among the results, which is deleted in the end.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from tinytorch.grading.submission.archives import MAX_DEPTH, unpack

UNPACKED = ".unpacked-"
ENDINGS = (".ipynb", ".py", ".txt")  # best first
NOTHING = "the folder holds no notebook and no script"

CANVAS = re.compile(r"(?P<name>[^_]+)_(?:LATE_)?(?P<id>\d+)_\d+_.+", re.IGNORECASE)
MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_[a-z]+(?:_.*)?")


class SubmissionFile(NamedTuple):
    """A submission."""

    student: str  # no two of a class have the same
    path: Path
    place: str  # the path within the folder or the zip file
    problem: str | None = None  # a sentence, if it is known already that nothing can be read
    others: tuple[Path, ...] = ()  # of the same student and lesson, should that be blank


@contextmanager
def submissions(
    source: Path, lesson: str, results: Path | None = None
) -> Iterator[list[SubmissionFile]]:
    """Find the submissions of a class.

    Args:
        source: a folder or a zip file.
        lesson: the stem of the lesson's files, such as "15_quantization".
        results: a folder that is left out, should it be in there; zip files are unpacked in it.

    Yields:
        The submissions, sorted by student. What a zip file held is deleted in the end.

    Raises:
        OSError: if the folder cannot be read, or there is no room for what a zip file holds.
        ValueError: if there is no submission, or the zip file is damaged or too large.
    """
    if source.is_dir():
        yield _found(source, lesson, results, {})
        return
    for left in results.glob(f"{UNPACKED}*") if results else ():
        shutil.rmtree(left, ignore_errors=True)  # of a run that was killed
    with tempfile.TemporaryDirectory(prefix=UNPACKED, dir=results) as folder:
        problems = unpack(source, Path(folder))
        yield _found(_top(Path(folder), lesson), lesson, results, problems)


def _found(
    source: Path, lesson: str, results: Path | None, problems: dict[Path, str]
) -> list[SubmissionFile]:
    left_out = results and os.path.realpath(results)
    paths, others = [], dict[Path, tuple[Path, ...]]()
    for entry in _entries(source):
        if os.path.realpath(entry) != left_out:  # unlike `resolve`, it takes links in a circle
            folder = entry.is_dir() and not entry.is_symlink()
            best, less = _best(entry, lesson) if folder else ([entry], ())
            paths += [(entry.name, path) for path in best]
            others.update(dict.fromkeys(best, less) if len(best) == 1 else {})
            problems.update({path: NOTHING for path in paths[-1][1:] if folder and path == entry})
    problems.update(_links([path for _, path in paths]))
    if not paths:
        raise ValueError(f"there are no submissions in {source}")
    places = [path.relative_to(source).as_posix() for _, path in paths]
    names = [[*_names(top, path), place] for (top, path), place in zip(paths, places, strict=True)]
    while True:  # a name that several have becomes longer
        often = Counter(_seen(each[0]) for each in names)
        longer = [each[1:] if often[_seen(each[0])] > 1 and each[1:] else each for each in names]
        if longer == names:
            break
        names = longer
    found = [
        SubmissionFile(each[0], path, place, problems.get(path), others.get(path, ()))
        for each, (_, path), place in zip(names, paths, places, strict=True)
    ]
    return sorted(found, key=lambda each: (each.student.casefold(), each.place))


def _links(paths: list[Path]) -> dict[Path, str]:
    """Files that are links, and files that are one and the same under several names."""
    problems, names = {}, defaultdict(list)
    for path in paths:
        with suppress(OSError, ValueError):
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                problems[path] = "the file is a link to another"
            elif stat.S_ISREG(status.st_mode) and status.st_nlink > 1:
                names[status.st_dev, status.st_ino].append(path)
    for same in names.values():
        if len(same) > 1:
            problems |= {
                path: f"the file is {other.name} under another name (a hard link)"
                for path, other in zip(same, same[1:] + same[:1], strict=True)
            }
    return problems


def _seen(name: str) -> str:
    """A name as people see it: without the case, and without what is invisible."""
    name = unicodedata.normalize("NFKC", name.casefold())
    return "".join(letter for letter in name if letter.isprintable())


def _names(top: str, path: Path) -> list[str]:
    """What a student may be called: the name first, then with a number."""
    match = MOODLE.fullmatch(top) or CANVAS.fullmatch(top)
    if match:
        return [match["name"], f"{match['name']}_{match['id']}"]
    return [path.stem if top == path.name and path.suffix.lower() in ENDINGS else top]


def _entries(folder: Path) -> list[Path]:
    """What is in a folder, without what systems and editors leave there."""
    hidden = ("__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini")
    entries = (each for each in folder.iterdir() if each.name not in hidden)
    return sorted(each for each in entries if not each.name.startswith("."))


def _readable_entries(folder: Path) -> list[Path]:
    try:
        return _entries(folder)
    except OSError:  # a folder that nobody may read costs its student only
        return []


def _best(folder: Path, lesson: str) -> tuple[list[Path], tuple[Path, ...]]:
    """The submission in a student's folder; several, if none is better; or the folder.

    And with it what else has the lesson's name: the answers may be in the script of the pair.
    """
    ranks, todo = {}, [(folder, 1)]
    while todo:
        current, depth = todo.pop()
        for entry in _readable_entries(current):
            ending = entry.suffix.lower()
            if entry.is_dir() and not entry.is_symlink():
                todo += [(entry, depth + 1)] if depth < MAX_DEPTH else []
            elif ending in ENDINGS:
                is_suite, named = entry.name.startswith("test_"), lesson in entry.name
                ranks[entry] = (ENDINGS.index(ending), is_suite, not named)
    best = min(ranks.values(), default=None)
    less = [each for each in ranks if ranks[each] != best and ranks[each][1:] == (False, False)]
    chosen = sorted(each for each in ranks if ranks[each] == best) or [folder]
    return chosen, tuple(sorted(less, key=lambda each: (ranks[each], each)))


def _top(folder: Path, lesson: str) -> Path:
    """The folder of the class: many zip files hold just one folder, with all others in it."""
    entries = _entries(folder)
    if len(entries) == 1 and entries[0].is_dir() and not MOODLE.fullmatch(entries[0].name):
        inside = _entries(entries[0])
        if inside and not any(each.name.startswith(lesson) for each in inside):
            return entries[0]
    return folder
