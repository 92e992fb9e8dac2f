"""Writes the points of a class as a platform imports them.

Of a file that the platform exported, the column of the assignment is filled in and nothing else is
changed. Without such a file, one is made, with the columns that the platform asks for:

- Canvas: Student, ID, SIS User ID, SIS Login ID, Section, the assignment; below the titles a row
  "Points Possible" (Instructure, "How do I import grades in the Gradebook?").
- Moodle: the grading worksheet, with Identifier, Grade and Last modified (grade) among its columns
  (mod/assign/feedback/offline/importgradeslib.php of https://github.com/moodle/moodle).
- Blackboard: Last Name, First Name, Username, the assignment (Anthology, "Work offline with grade
  data"); as exported, a title ends with "[Total Pts: 100 Score] |12345".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tinytorch.grading.gradebooks.people import match, people_in, plain_title
from tinytorch.grading.gradebooks.sheet import Sheet
from tinytorch.grading.lesson import Lesson
from tinytorch.grading.reports.results import cell
from tinytorch.grading.submission.files import SubmissionFile

PLATFORMS = ("canvas", "moodle", "blackboard")
MARK = "\ufeff"  # of the byte order: without it, Excel mangles what is not ASCII
MOODLE = (
    "Identifier", "Full name", "Email address", "Status", "Grade", "Maximum grade",
    "Grade can be changed", "Last modified (submission)", "Last modified (grade)",
    "Feedback comments",
)  # fmt: skip
# How Moodle calls the column of grades: in English, German, French, Spanish, Italian, Portuguese.
GRADES = {"grade", "bewertung", "note", "calificacion", "valutazione", "nota"}
MAXIMA = {"maximumgrade", "maximumgrades", "bestwertung", "bestebewertung", "notemaximale"}
TOTAL = re.compile(r"\[Total Pts: (?:up to )?([\d.,]+)", re.IGNORECASE)
SUFFIX = re.compile(r"\s*(?:\[Total Pts:[^|]*)?(?:\|\s*\d+|\(\d+\))?\s*$")


class GradedSubmission(NamedTuple):
    """A submission and its points, None if it could not be graded."""

    submission: SubmissionFile
    points: float | None


class Gradebook:
    """A file of grades that a platform imports.

    Args:
        platform: one of PLATFORMS.
        path: of the file that the platform exported, which is filled in; made if it is not there.
        lesson: that is graded.
        column: the title of the assignment's column; found by the lesson's name by default.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if the column is not found, or no column says who is who.
    """

    def __init__(
        self, platform: str, path: Path, lesson: Lesson, column: str | None = None
    ) -> None:
        self.platform, self.path = platform, path
        self._title = column or lesson.name
        self._sheet = Sheet.read(path) if path.exists() else None
        if self._sheet:
            self._column = _column(self._sheet, platform, lesson, column)
            people_in(self._sheet)

    def write(self, graded: Sequence[GradedSubmission], max_points: float = 100) -> list[str]:
        """Write the points.

        Args:
            graded: the submissions and their points.
            max_points: that could be earned.

        Returns:
            The students who have points and are not in the file that the platform exported.

        Raises:
            OSError: if the file cannot be written.
            ValueError: if the column is not worth as many points.
        """
        with_points = {each.submission: each.points for each in graded if each.points is not None}
        if self._sheet is None:
            self._new(with_points, max_points).write(self.path)
            return []
        self._check_maximum(self._sheet, max_points)
        matched = match([*with_points], people_in(self._sheet))
        for submission, people in matched.items():
            for person in people:
                self._sheet.put(person.row, self._column, f"{with_points[submission]:g}")
        self._sheet.write(self.path)
        return [each.student for each in with_points if each not in matched]

    def _check_maximum(self, sheet: Sheet, max_points: float) -> None:
        """Points are not rescaled: whoever sees 10 of 10 there should see 100 of 100 here."""
        found = TOTAL.search(sheet.titles[self._column])
        texts = [found[1]] if found else []
        if self.platform == "canvas":  # the row "Points Possible", in any language, has no id
            first = min((person.row for person in people_in(sheet)), default=1)
            texts += [sheet.cell(row, self._column) for row in range(1, first)]
        maxima = [n for n, title in enumerate(sheet.titles) if plain_title(title) in MAXIMA]
        texts += [sheet.cell(1, column) for column in maxima if len(sheet) > 1]
        for text in texts:
            number = text.strip().replace(",", ".")
            if re.fullmatch(r"\d+(\.\d+)?", number) and float(number) not in (0, max_points):
                raise ValueError(
                    f"{sheet.titles[self._column]!r} in {self.path} is out of {text.strip()} "
                    f"points, the lesson out of {max_points:g}: make them equal on the "
                    "platform, and export the file again"
                )

    def _new(self, with_points: dict[SubmissionFile, float], max_points: float) -> Sheet:
        rows: list[Sequence[str]] = []
        for each, points in with_points.items():
            name, total = each.name or each.student, f"{points:g}"
            if self.platform == "canvas":
                rows.append((name, each.id, "", "", "", total))
            elif self.platform == "moodle":
                number = f"Participant {each.id}" if each.id else ""
                maximum = f"{max_points:g}"
                rows.append((number, name, "", "", total, maximum, "Yes", "-", "-", ""))
            else:
                first, _, last = name.rpartition(" ")
                rows.append((last, first, each.id or name, total))
        titles: dict[str, Sequence[Sequence[str]]] = {
            "canvas": [
                ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", self._title),
                ("    Points Possible", "", "", "", "", f"{max_points:g}"),
            ],
            "moodle": [MOODLE],
            "blackboard": [("Last Name", "First Name", "Username", self._title)],
        }
        lines = [*titles[self.platform], *(tuple(cell(text) for text in row) for row in rows)]
        quoted = (",".join('"{}"'.format(text.replace('"', '""')) for text in row) for row in lines)
        return Sheet((MARK + "\r\n".join(quoted) + "\r\n").encode(), str(self.path))


def _column(sheet: Sheet, platform: str, lesson: Lesson, column: str | None) -> int:
    """The column of the assignment."""
    titles = [plain_title(SUFFIX.sub("", title)) for title in sheet.titles]
    if column is not None:
        wanted = [plain_title(column), plain_title(SUFFIX.sub("", column))]
        found = [n for n, title in enumerate(sheet.titles) if plain_title(title) == wanted[0]]
        found = found or [n for n, title in enumerate(titles) if title == wanted[1]]
    elif platform == "moodle":
        found = [number for number, title in enumerate(titles) if title in GRADES]
    else:
        name, short = plain_title(lesson.name), plain_title(lesson.title)
        found = (
            [number for number, title in enumerate(titles) if title == name]
            or [number for number, title in enumerate(titles) if name in title]
            or [number for number, title in enumerate(titles) if short in title]
        )
    if len(found) != 1:
        problem = "no column" if not found else f"{len(found)} columns"
        what = repr(column) if column else "the assignment"
        raise ValueError(
            f"{sheet.name} has {problem} for {what}: name it with --column; its titles are "
            f"{', '.join(sheet.titles)}"
        )
    return found[0]
