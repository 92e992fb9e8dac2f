"""The points of a graded submission, as text and as a small HTML table."""

from __future__ import annotations

import textwrap
from typing import NamedTuple

from tinytorch.grading.lesson import Lesson
from tinytorch.grading.reports.pages import render

PASSED, FAILED = "passed", "failed"
NOT_ATTEMPTED, NOT_ANSWERED = "not attempted", "not answered"
WIDTH = 79  # columns of the text
TITLE_WIDTH = 53
TITLE_INDENT, REASON_INDENT = 12, 14


class Result(NamedTuple):
    """What one graded test found."""

    exercise: str
    title: str
    points: int
    reason: str | None  # a sentence for the student, None where the test passed
    carried: bool  # graded with right definitions of earlier exercises
    not_attempted: bool
    trace: tuple[str, ...] = ()  # the student's own lines, if one of them raised
    follows: str = ""  # the title of the test that failed before for the same cause
    is_hidden: bool = False  # whether it is of a test that students do not have

    @property
    def earned(self) -> int:
        """Points that the test gave."""
        return 0 if self.reason else self.points


class Score(NamedTuple):
    """What one exercise earned. A bonus exercise is one whose tests are worth no points."""

    exercise: str
    points: int
    max_points: int
    status: str  # PASSED, FAILED, NOT_ATTEMPTED or, of questions, NOT_ANSWERED
    reason: str | None


class Row(NamedTuple):
    """A row of the table that a student sees."""

    name: str
    points: int
    max_points: int
    status: str
    reason: str | None

    @property
    def worth(self) -> str:
        """The points in words."""
        return f"{self.points:>3} of {self.max_points:>3}" if self.max_points else "bonus"


class Report:
    """The results of a suite, added up.

    Args:
        lesson: that was graded.
        results: one per test that ran.

    Attributes:
        scores: a Score per exercise that was graded, in the order of the lesson.
        points: the points earned.
        max_points: the points that could be earned.
        note: a sentence below the table, or "".
        printed: what the definitions printed while they were tested, or "".
    """

    def __init__(self, lesson: Lesson, results: list[Result]) -> None:
        self.lesson, self.results = lesson, results
        self.note = self.printed = ""
        self.scores = [
            self._score(name, tests)
            for name in lesson.exercise_names
            if (tests := [result for result in results if result.exercise == name])
        ]
        self.points = sum(score.points for score in self.scores)
        self.max_points = sum(score.max_points for score in self.scores)

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def text(self, hints: bool = False) -> str:
        """The table as text of 80 columns; hints say where to look for what lost points."""
        lines = []
        for row in self.rows():
            first, *more = textwrap.wrap(row.name, TITLE_WIDTH)
            start = f"{row.worth:>10}  {first:<{TITLE_WIDTH}}"
            lines.append(f"{start}  {row.status}".rstrip())
            lines += [" " * TITLE_INDENT + line for line in more]
            indent = " " * REASON_INDENT
            hint = f"Look at {look_at(self.lesson, row.name)}." if hints and row.reason else ""
            for each in (row.reason or "", hint):
                lines += textwrap.wrap(each, WIDTH, initial_indent=indent, subsequent_indent=indent)
        lines.append(f"{self.total:>10}  total")
        lines += textwrap.wrap(self.note, WIDTH)
        if self.printed:
            lines += ["Your code printed:", *(f"  {line}" for line in self.printed.splitlines())]
        return "\n".join(lines)

    @property
    def total(self) -> str:
        """The points in words; of a bonus exercise, how many tests it passed."""
        if self.max_points:
            return f"{self.points:>3} of {self.max_points:>3}"
        passed = sum(result.reason is None for result in self.results)
        return f"{passed:>3} of {len(self.results):>3}"

    def _repr_html_(self) -> str:
        return render("report.html", report=self)

    def rows(self) -> list[Row]:
        """A row per test if one exercise was graded, else a row per exercise.

        The reason of an exercise is its first one, and None of what was not attempted. Of tests,
        each has its own, or names the one that it may follow from.
        """
        if len(self.scores) != 1:
            return [
                Row(*score[:4], score.reason if score.status == FAILED else None)
                for score in self.scores
            ]
        return [
            Row(_title(r.title), r.earned, r.points, self._status(r), self._explained(r))
            for r in self.results
        ]

    def _explained(self, result: Result) -> str | None:
        """What a row says; of what was not written yet, the first row says it for all."""
        if result.follows:
            waits = result.not_attempted and self._status(result) == NOT_ATTEMPTED
            return None if waits else f'may follow from "{_title(result.follows)}": mend that first'
        return result.reason

    def _score(self, exercise: str, tests: list[Result]) -> Score:
        points = sum(test.earned for test in tests)
        failed = [test for test in tests if test.reason]
        if not failed:
            status = PASSED
        elif len(failed) == len(tests) and all(test.not_attempted for test in tests):
            status = self._status(tests[0])
        else:
            status = FAILED
        reason = failed[0].reason if failed else None
        return Score(exercise, points, sum(test.points for test in tests), status, reason)

    def _status(self, result: Result) -> str:
        if result.reason is None:
            return PASSED
        if not result.not_attempted:
            return FAILED
        is_question = self.lesson.exercise(result.exercise).is_question
        return NOT_ANSWERED if is_question else NOT_ATTEMPTED


def look_at(lesson: Lesson, name: str) -> str:
    """Where to look for what went wrong in an exercise."""
    exercise = lesson.exercise(name)
    if exercise.is_question:
        return f"your answers under '{exercise.section}' in the notebook"
    names = " and ".join(exercise.defines)
    return f"{names} under '{exercise.section}'; check({name!r}) there repeats the checks"


def _title(title: str) -> str:
    title = title.replace("fp32", "FP32")
    is_name = "_" in title.split(" ", 1)[0]
    return title if is_name else title[0].upper() + title[1:]
