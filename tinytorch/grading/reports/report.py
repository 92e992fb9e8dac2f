"""The points of a graded submission, as text and as a small HTML table."""

from __future__ import annotations

import textwrap
from html import escape
from typing import NamedTuple

from tinytorch.lessons.quantization.exercises import EXERCISES

NOT_ATTEMPTED, NOT_ANSWERED = "not attempted", "not answered"
PASSED_COLOUR, FAILED_COLOUR = "#009E73", "#D55E00"  # Okabe and Ito's, legible on dark and light


class Result(NamedTuple):
    """What one graded test found."""

    exercise: str
    title: str
    points: int
    reason: str | None  # a sentence for the student, None where the test passed
    carried: bool  # graded with right definitions of earlier exercises
    not_attempted: bool
    trace: tuple[str, ...] = ()  # the student's own lines, if one of them raised

    @property
    def earned(self) -> int:
        """Points that the test gave."""
        return 0 if self.reason else self.points


class Score(NamedTuple):
    """What one exercise earned."""

    exercise: str
    points: int
    max_points: int
    status: str  # "passed", "failed", "not attempted" or, of questions, "not answered"
    reason: str | None


class Report:
    """The results of a suite, added up.

    Args:
        results: one per test that ran.

    Attributes:
        scores: a Score per exercise that was graded, in the order of the lesson.
        points: the points earned.
        max_points: the points that could be earned.
    """

    def __init__(self, results: list[Result]) -> None:
        self.results = results
        self.scores = [
            _score(exercise.name, tests)
            for exercise in EXERCISES
            if (tests := [result for result in results if result.exercise == exercise.name])
        ]
        self.points = sum(score.points for score in self.scores)
        self.max_points = sum(score.max_points for score in self.scores)

    def __str__(self) -> str:
        return self.text()

    def text(self, hints: bool = False) -> str:
        """The table as text; hints say where to look for what lost points."""
        lines = []
        for name, points, max_points, words, reason in self._rows():
            first, *more = textwrap.wrap(name, 53)
            lines.append(f"{points:>3} of {max_points:>3}  {first:<53}  {words}".rstrip())
            lines += [" " * 12 + line for line in more]
            indent = " " * 14
            hint = f"Look at {look_at(name)}." if hints and reason else ""
            for each in (reason or "", hint):
                lines += textwrap.wrap(each, 79, initial_indent=indent, subsequent_indent=indent)
        return "\n".join([*lines, f"{self.points:>3} of {self.max_points:>3}  total"])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        cell = "text-align: left; vertical-align: top; padding: 0.2em 0.8em"
        rows = []
        for name, points, max_points, words, reason in self._rows():
            colour = {"passed": PASSED_COLOUR, "failed": FAILED_COLOUR}.get(words, "inherit")
            style = f"{cell}; color: {colour}; font-weight: bold; white-space: nowrap"
            why = f'<br><i style="white-space: normal">{escape(reason)}</i>' if reason else ""
            rows.append(
                f'<tr><td style="{cell}; white-space: nowrap">{points} of {max_points}</td>'
                f'<td style="{cell}">{escape(name)}{why}</td><td style="{style}">{words}</td></tr>'
            )
        total = f"<b>{self.points} of {self.max_points}</b>"
        return (
            f'<table><tr><th style="{cell}">points</th><th style="{cell}">what was checked</th>'
            f'<th style="{cell}">result</th></tr>{"".join(rows)}'
            f'<tr><td style="{cell}; white-space: nowrap">{total}</td>'
            f'<td style="{cell}"><b>total</b></td><td></td></tr></table>'
        )

    def _rows(self) -> list[tuple[str, int, int, str, str | None]]:
        """A row per test if there is one exercise, else a row per exercise.

        Each has a name, points, possible points, a word, and the first reason for a loss.
        """
        if len(self.scores) != 1:
            return [
                (*score[:4], score.reason if score.status == "failed" else None)
                for score in self.scores
            ]
        first = next((result for result in self.results if result.reason), None)
        return [
            (_title(r), r.earned, r.points, _word(r), r.reason if r is first else None)
            for r in self.results
        ]


def look_at(exercise: str) -> str:
    """Where to look for what went wrong in an exercise."""
    position = [each.name for each in EXERCISES].index(exercise)
    if position == len(EXERCISES) - 1:
        return "your answers under 'Check your understanding' in the notebook"
    names = " and ".join(EXERCISES[position].defines)
    return f"{names} under 'Exercise {position + 1}'; check({exercise!r}) there repeats the checks"


def _score(exercise: str, tests: list[Result]) -> Score:
    points = sum(test.earned for test in tests)
    failed = [test for test in tests if test.reason]
    if not failed:
        status = "passed"
    elif len(failed) == len(tests) and all(test.not_attempted for test in tests):
        status = _word(tests[0])
    else:
        status = "failed"
    reason = failed[0].reason if failed else None
    return Score(exercise, points, sum(test.points for test in tests), status, reason)


def _title(result: Result) -> str:
    title = result.title.replace("fp32", "FP32")
    is_name = "_" in title.split(" ", 1)[0]
    return title if is_name else title[0].upper() + title[1:]


def _word(result: Result) -> str:
    if result.reason is None:
        return "passed"
    if not result.not_attempted:
        return "failed"
    return NOT_ANSWERED if result.exercise == EXERCISES[-1].name else NOT_ATTEMPTED
