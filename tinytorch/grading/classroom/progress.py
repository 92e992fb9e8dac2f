"""What has been graded so far of a class, in memory and on the disk."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tinytorch.grading.classroom.points import Points, kept_results
from tinytorch.grading.gradebooks.people import Person, match
from tinytorch.grading.lesson import Lesson
from tinytorch.grading.reports.feedback import Tally, feedback_page
from tinytorch.grading.reports.results import (
    Results,
    TableRow,
    as_json,
    results_of_nobody,
    results_without_points,
    table,
)
from tinytorch.grading.reports.store import write
from tinytorch.grading.submission.files import SubmissionFile
from tinytorch.grading.submission.reading import MAX_FILE_BYTES

SECONDS_BETWEEN_TABLES = 10.0
NOT_YET = "not graded yet: the run was interrupted; the same command goes on"
STRANGER = "not on it"


class Progress:
    """The submissions of a class, and the results of those that are graded.

    Args:
        lesson: whose suite grades them.
        results: the folder for the results.
        found: the submissions.
        made_from: what a result depends on beside the files; others are not taken over.
        roster: the students of the course, or None.
        only: a submission that is graded again; what is known of others stays.

    Raises:
        ValueError: if the adjustments are not what they should be.

    Attributes:
        tally: how the class did.
        graded: the results of those that are graded, without their tests.
        folders: the folder of each submission.
    """

    def __init__(
        self,
        lesson: Lesson,
        results: Path,
        found: Sequence[SubmissionFile],
        made_from: dict[str, Any],
        roster: Sequence[Person] | None = None,
        only: SubmissionFile | None = None,
    ) -> None:
        self.lesson, self.results, self.found = lesson, results, found
        self.tally = Tally()
        self.graded: dict[SubmissionFile, Results] = {}
        self.folders = folders_of(results / "students", found)
        self._made_from = {each: {**made_from, "file": _content(each)} for each in found}
        self._written = 0.0
        self._on_roster = match(found, roster or ())
        self._missing: list[Person] = []
        if roster is not None:
            there = {person for people in self._on_roster.values() for person in people}
            self._missing = [person for person in roster if person not in there]
            self.tally.missing = [person.label for person in self._missing]
            self.tally.strangers = [e.student for e in found if e not in self._on_roster]
        self._has_roster = roster is not None
        self._points = Points(lesson, results, found)
        for each in found:
            path = self.folders[each] / "results.json"
            kept = kept_results(
                path, self._made_from[each], lesson.exercise_names, with_ungraded=only is not None
            )
            if kept and each != only and self._made_from[each]["file"]:
                counted = self._points.counted(each, kept)
                if counted != kept or not _is_written(path.parent):
                    self._write(each, counted)  # adjustments or dates are others by now
                self._count(each, counted)

    def keep(self, each: SubmissionFile, results: Results) -> None:
        """Write what was found."""
        results["extra_data"].update(student=each.student, made_from=self._made_from[each])
        counted = self._points.counted(each, results)
        self._write(each, counted)
        self._count(each, counted)
        if time.monotonic() - self._written > SECONDS_BETWEEN_TABLES:
            self.write_table()

    def _write(self, each: SubmissionFile, results: Results) -> None:
        """Write the page and results.json; this one last, as it says that all is there."""
        folder = self.folders[each]
        write(folder / "feedback.html", feedback_page(self.lesson, each.student, results))
        write(folder / "results.json", as_json(results))

    def write_table(self) -> None:
        """Write a row for every submission, graded or not, and for all of the roster."""
        write(self.results / "grades.csv", table(self._rows(), self.lesson.exercise_names))
        self._written = time.monotonic()

    def _rows(self) -> Iterator[TableRow]:
        not_yet = results_without_points(NOT_YET)
        for each in self.found:
            people = self._on_roster.get(each, ())
            names = " and ".join(person.label for person in people)
            yield TableRow(
                each.student,
                self.graded.get(each, not_yet),
                each.place,
                each.id,
                each.attempt,
                each.late,
                each.time,
                each.earlier,
                each.companions,
                names or (STRANGER if self._has_roster else ""),
            )
        nothing = results_of_nobody("on the roster, and nothing was handed in")
        for person in self._missing:
            yield TableRow(person.label, nothing, id=person.id, roster=person.label)

    def _count(self, each: SubmissionFile, results: Results) -> None:
        self.tally.add(results, each.student)
        self.graded[each] = {**results, "tests": []}  # ten thousand of those would fill the memory


def folders_of(above: Path, found: Collection[SubmissionFile]) -> Mapping[SubmissionFile, Path]:
    """A folder for each; names that systems do not take, or take for the same, get a number.

    It stays the same when a student hands in another file.
    """
    folders, taken = {}, set()
    for each in found:
        name = re.sub(r"[^\w.-]+", "_", each.student)[:60].strip(".")
        if name != each.student or name.casefold() in taken:
            known = os.fsencode(f"{each.student}\0{each.id}")  # the student's name is unique
            name += "-" + hashlib.sha256(known).hexdigest()[:12]
        taken.add(name.casefold())
        folders[each] = above / name
    return folders


def _is_written(folder: Path) -> bool:
    with suppress(OSError):
        return (folder / "feedback.html").stat().st_size > 0
    return False


def _content(each: SubmissionFile) -> str | None:
    """Stands for what is in its files; None for what is graded again each time."""
    found = []
    with suppress(OSError):
        for path in (each.path, *each.others):
            if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
                return None
            found.append(hashlib.sha256(path.read_bytes()).hexdigest() + path.suffix)
        return " ".join(found)
    return None
