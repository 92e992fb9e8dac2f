"""What is kept of a graded submission: results.json in Gradescope's format, and a row of a table.

A submission's results.json is also what a later run goes on from, so it says in `extra_data` what
it was made from.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from tinytorch.grading.course import VISIBLE
from tinytorch.grading.reports.report import (
    FAILED,
    NOT_ANSWERED,
    NOT_ATTEMPTED,
    PASSED,
    Report,
    Result,
)

Results = dict[str, Any]  # what results.json holds

KIND, HIDDEN, CHANGE = "kind", "hidden", "change"  # of a test, in its extra_data
GRADED, COULD_NOT_GRADE = "graded", "could not grade"  # and NOT_ATTEMPTED
NOT_SUBMITTED = "not submitted"
# What a spreadsheet takes for a formula, at the start or behind what it may take for a separator.
FORMULA = re.compile(r"(^|[;,|\t])(?=[\s\"']*[=+\-@\uff1d\uff0b\uff0d\uff20])")


def results_of(
    report: Report, seconds: float, seed: int, not_enforced: Sequence[str] = ()
) -> dict[str, Any]:
    """Turn a report into the dict for results.json, in Gradescope's format.

    `extra_data` has the status, and points, max_points, status and reason of every exercise.
    """
    hidden = report.lesson.course.visibility_of_hidden()
    tests: list[dict[str, Any]] = [
        {
            "name": f"{result.exercise}: {plain(result.title)}",
            "score": result.earned,
            "max_score": result.points,
            "status": FAILED if result.reason else PASSED,
            "output": _output(result),
            "visibility": hidden if result.is_hidden else VISIBLE,
            **({"extra_data": {KIND: HIDDEN}} if result.is_hidden else {}),
        }
        for result in report.results
    ]
    exercises = {
        score.exercise: {
            "points": score.points,
            "max_points": score.max_points,
            "status": score.status,
            "reason": plain(score.reason) if score.reason else None,
        }
        for score in report.scores
    }
    untouched = all(score.status in (NOT_ATTEMPTED, NOT_ANSWERED) for score in report.scores)
    failed = [each for each in exercises.values() if each["status"] == FAILED]
    lost = next((each["reason"] for each in failed if each["max_points"]), "")  # not a bonus
    return {
        "score": report.points,
        "execution_time": round(seconds, 3),
        "output": f"{points_of(tests)} (seed {seed})",
        "visibility": "visible",
        "tests": tests,
        "extra_data": {
            "status": NOT_ATTEMPTED if untouched else GRADED,
            "reason": lost,
            "max_points": report.max_points,
            "seed": seed,
            "exercises": exercises,
            "not_enforced": list(not_enforced),
        },
    }


def points_of(tests: Sequence[dict[str, Any]]) -> str:
    """The points that students see of some tests, in words."""
    seen = [test for test in tests if test["visibility"] == VISIBLE]
    points, worth = (sum(test[key] for test in seen) for key in ("score", "max_score"))
    hidden = len(tests) - len(seen)
    words = "1 test is hidden" if hidden == 1 else f"{hidden} tests are hidden"
    return f"{points:g} of {worth:g} points" + (f"; {words}" if hidden else "")


def kind_of(test: dict[str, Any]) -> str | None:
    """HIDDEN, of a test that students do not have; CHANGE, if it is a change by hand; or None."""
    kind: str | None = test.get("extra_data", {}).get(KIND)
    return kind


def _output(result: Result) -> str:
    """What went wrong, and below it where the student's own code raised."""
    lines = [line for step in result.trace for line in step.split("\n")]
    indented = (" " * (len(line) - len(line.lstrip())) + plain(line) for line in lines)
    return "\n".join([plain(result.reason or ""), *indented])


def results_without_points(reason: str, seconds: float = 0.0) -> dict[str, Any]:
    """What is kept of a submission that could not be graded: no points, which is not 0 points."""
    return {
        "execution_time": round(seconds, 3),
        "output": f"This could not be graded: {plain(reason)}",
        "visibility": "visible",
        "tests": [],
        "extra_data": {"status": COULD_NOT_GRADE, "reason": plain(reason), "exercises": {}},
    }


def results_of_nobody(reason: str) -> dict[str, Any]:
    """What stands for somebody of the roster who handed in nothing."""
    results = results_without_points(reason)
    results["extra_data"]["status"] = NOT_SUBMITTED
    return results


def plain(text: str) -> str:
    """One line of text that can be written anywhere; what nobody could see is written as a code."""
    text = " ".join(text.encode("utf-8", "backslashreplace").decode("utf-8").split())
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def as_json(results: dict[str, Any]) -> str:
    """The text of a results.json."""
    return json.dumps(results, indent=1, allow_nan=False) + "\n"


class TableRow(NamedTuple):
    """A row of grades.csv: who handed in what, and what it got.

    Attributes:
        student: the name.
        results: the dict for results.json.
        file: what was graded.
        id: by which the platform knows the student, or "".
        attempt: its number, 0 if it is not known.
        late: whether the platform says so; None if it says nothing.
        submitted: when, or "".
        earlier: files that count no more.
        companions: what else was handed in.
        roster: the student's name there, "not on it", or "" without a roster.
    """

    student: str
    results: Results
    file: str = ""
    id: str = ""
    attempt: int = 0
    late: bool | None = None
    submitted: str = ""
    earlier: Sequence[str] = ()
    companions: Sequence[str] = ()
    roster: str = ""


def table(rows: Iterable[TableRow], exercises: Sequence[str]) -> str:
    """The text of grades.csv.

    Everything is quoted, and what a spreadsheet would take for a formula has an apostrophe before.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    first = ["student", "id", "attempt", "late", "status", "total"]
    last = ["seconds", "reason", "file", "submitted", "earlier", "companions", "roster"]
    writer.writerow([*first, *exercises, *last])
    for row in rows:
        extra = row.results["extra_data"]
        words = [
            extra["reason"] or "", row.file, row.submitted, "; ".join(row.earlier),
            "; ".join(row.companions), row.roster,
        ]  # fmt: skip
        writer.writerow(
            [
                *(cell(row.student), cell(row.id), row.attempt or ""),
                *("" if row.late is None else "yes" if row.late else "no", extra["status"]),
                row.results.get("score", ""),
                *(_points(extra["exercises"].get(name, {})) for name in exercises),
                row.results["execution_time"],
                *map(cell, words),
            ]
        )
    return text.getvalue()


def _points(score: dict[str, Any]) -> Any:
    """The points of an exercise; of a bonus exercise, whether it was passed."""
    return score["status"] if score.get("max_points") == 0 else score.get("points", "")


def cell(text: str) -> str:
    """A text that a spreadsheet takes for a text, and not for a formula."""
    return FORMULA.sub(r"\1'", plain(text))
