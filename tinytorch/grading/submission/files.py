"""Finds the submissions of a class in a folder or in a zip file. Nothing is read or run here.

`platforms` says of what lies at the top who handed it in; what it does not know is a student's: a
file by itself, or a folder. Of all that a student handed in, `choice` chooses one file. Whatever it
is, every student is found, so that all get a row: a folder without a notebook or a file of another
kind as well.

Zip files are unpacked into a folder among the results, which is deleted in the end.
"""

from __future__ import annotations

import os
import shutil
import stat
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from tinytorch.grading.sandbox.inside.submission.cells import UnreadableSubmissionError
from tinytorch.grading.submission import platforms
from tinytorch.grading.submission.choice import ENDINGS, Choice, choose, without_marks
from tinytorch.grading.submission.platforms.upload import Upload, is_folder
from tinytorch.grading.submission.unpacked import UNPACKED, Unpacked, entries_of

MAX_SINGLE = 3  # folders one within the other, above those of the students
MAX_NAMED = 20  # other files of a student that are listed


class SubmissionFile(NamedTuple):
    """A submission: what is graded of a student, and what is known of it.

    Attributes:
        student: the name, with more where several have it; no two of a class have the same.
        path: the file that is graded.
        place: its path within the folder or the zip file.
        problem: a sentence, if it is known already that nothing can be graded.
        others: files of the same student and attempt, should that one be blank.
        name: as the platform writes it.
        id: by which the platform knows the student, or "".
        keys: this id and further ones, such as the login or the e-mail address.
        attempt: its number, 0 if it is not known.
        late: whether the platform says so; None if it says nothing.
        time: when it was handed in, as "2026-10-01 12:30:00", with "+00:00" behind if the platform
            says the zone; "" if it is not known.
        companions: the places of what else the student handed in.
        earlier: the places of files that count no more: earlier attempts, and copies.
        feedback: what the platform wants the name of a page of feedback to begin with, or "".
    """

    student: str
    path: Path
    place: str
    problem: str | None = None
    others: tuple[Path, ...] = ()
    name: str = ""
    id: str = ""
    keys: tuple[str, ...] = ()
    attempt: int = 0
    late: bool | None = None
    time: str = ""
    companions: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    feedback: str = ""


@contextmanager
def submissions(
    source: Path, lesson: str, results: Path | None = None, platform: str | None = None
) -> Iterator[list[SubmissionFile]]:
    """Find the submissions of a class.

    Args:
        source: a folder or a zip file.
        lesson: the stem of the lesson's files, such as "15_quantization".
        results: a folder that is left out, should it be in there; zip files are unpacked in it.
        platform: one of `platforms.PARSERS`, or `platforms.NONE`; recognised by default.

    Yields:
        The submissions, sorted by student. What a zip file held is deleted in the end.

    Raises:
        OSError: if the folder cannot be read, or there is no room for what a zip file holds.
        ValueError: if there is no submission, nothing is as the platform calls it, or the zip file
            is damaged or too large.
    """
    for left in results.glob(f"{UNPACKED}*") if results else ():
        shutil.rmtree(left, ignore_errors=True)  # of a run that was killed
    with Unpacked(results) as unpacked:
        root = source if source.is_dir() else unpacked.whole_class(source)
        top = _top(root, lesson, platform, is_zip=root != source)
        yield _found(top, lesson, results, platform, unpacked)


@contextmanager
def submission_of(source: Path, lesson: str) -> Iterator[tuple[Path, ...]]:
    """Find the submission of one student.

    Args:
        source: a file, or a folder or zip file with all that the student handed in.
        lesson: the stem of the lesson's files, such as "15_quantization".

    Yields:
        The file that is graded, and others should that one be blank.

    Raises:
        UnreadableSubmissionError: if there is nothing that can be graded.
    """
    with Unpacked(None) as unpacked:
        upload = Upload(source, source.name, source.name)
        if not is_folder(source) and source.suffix.lower() != ".zip":
            yield (source,)
            return
        (choice,) = choose([upload], lesson, unpacked)
        if problem := choice.problem or unpacked.problems.get(choice.path):
            raise UnreadableSubmissionError(problem)
        yield (choice.path, *choice.fallbacks)


def _found(
    top: Path, lesson: str, results: Path | None, platform: str | None, unpacked: Unpacked
) -> list[SubmissionFile]:
    left_out = results and os.path.realpath(results)
    # Unlike `resolve`, realpath takes links in a circle.
    entries = [each for each in entries_of(top) if os.path.realpath(each) != left_out]
    by_student: dict[tuple[str, str], list[Upload]] = defaultdict(list)
    known = platforms.uploads(entries, lesson, platform)
    if platform not in (None, platforms.NONE) and not known:
        raise ValueError(f"nothing in {top.name} is called as in a download of {platform}")
    for entry in entries:
        for upload in known.get(entry, [_plain(entry, lesson)]):
            by_student["plain" if entry not in known else "known", upload.key].append(upload)
    found, names = [], []
    for uploads in by_student.values():
        for choice in choose(uploads, lesson, unpacked):
            each = _submission(choice, uploads, top, unpacked)
            numbered = f"{each.student}_{each.id}" if each.id not in ("", each.student) else ""
            names.append([name for name in (each.student, numbered, each.place) if name])
            found.append(each)
    if not found:
        raise ValueError(f"there are no submissions in {top}")
    while True:  # a name that several have becomes longer
        often = Counter(_seen(each[0]) for each in names)
        longer = [each[1:] if often[_seen(each[0])] > 1 and each[1:] else each for each in names]
        if longer == names:
            break
        names = longer
    problems = unpacked.problems | _links([each.path for each in found])
    return sorted(
        (
            each._replace(student=name[0], problem=each.problem or problems.get(each.path))
            for each, name in zip(found, names, strict=True)
        ),
        key=lambda each: (each.student.casefold(), each.place),
    )


def _plain(entry: Path, lesson: str) -> Upload:
    """An entry that no platform made: a folder, or a file that is called like its student."""
    if is_folder(entry):
        return Upload(entry, entry.name, f"{entry.name}/", may_be_several=True)
    is_file = entry.suffix.lower() in ENDINGS
    stem = without_marks(entry.stem)
    name = stem if is_file else entry.name
    own = entry.name.replace(stem, lesson, 1)  # what bears the student's name is as good
    is_zip = entry.suffix.lower() == ".zip"
    return Upload(entry, name, stem, name=own, may_be_several=is_zip)


def _submission(
    choice: Choice, uploads: Sequence[Upload], top: Path, unpacked: Unpacked
) -> SubmissionFile:
    upload = choice.upload
    place = unpacked.place(choice.path, top)
    earlier = [unpacked.place(path, top) for path in choice.earlier]
    used = (place, *earlier)
    more = [unpacked.place(path, top) for path in [e.path for e in uploads] + [*choice.fallbacks]]
    more = [each for each in more if not any(f"{other}/".startswith(f"{each}/") for other in used)]
    times = [each.time for each in uploads if each.group == upload.group]
    keys = (upload.id, *upload.others)
    return SubmissionFile(
        upload.student,
        choice.path,
        place,
        choice.problem,
        choice.fallbacks,
        upload.student,
        upload.id,
        tuple(dict.fromkeys(key for key in keys if key)),
        choice.attempt,
        upload.late,
        upload.time or max(times, default=""),
        tuple(dict.fromkeys(more))[:MAX_NAMED],
        tuple(earlier[:MAX_NAMED]),
        upload.feedback,
    )


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


def _top(folder: Path, lesson: str, platform: str | None, is_zip: bool) -> Path:
    """The folder of the class: many downloads hold just one folder, with all others in it."""
    chain = [folder]
    while len(chain) <= MAX_SINGLE:
        entries = entries_of(chain[-1])
        submitted = chain[-1] / "submitted"  # of a course of nbgrader
        if is_folder(submitted) and platforms.uploads(entries_of(submitted), lesson, platform):
            return submitted
        # As gh names the folder of clones: it looks like the clone of one.
        is_clones = len(entries) == 1 and entries[0].name.endswith("-submissions")
        if not is_clones and platforms.uploads(entries, lesson, platform):
            return chain[-1]
        if len(entries) != 1 or not is_folder(entries[0]):
            break
        chain.append(entries[0])
    for above, below in pairwise(chain if is_zip else []):
        inside = entries_of(below)
        if not inside or any(each.name.startswith(lesson) for each in inside):
            return above
        folder = below
    return folder
