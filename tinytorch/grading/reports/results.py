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
from pathlib import Path
from typing import Any

from tinytorch.grading.reports.report import (
    FAILED,
    NOT_ANSWERED,
    NOT_ATTEMPTED,
    PASSED,
    Report,
    Result,
)

Results = dict[str, Any]  # what results.json holds

GRADED, COULD_NOT_GRADE = "graded", "could not grade"  # and NOT_ATTEMPTED
# What a spreadsheet takes for a formula, at the start or behind what it may take for a separator.
FORMULA = re.compile(r"(^|[;,|\t])(?=[\s\"']*[=+\-@\uff1d\uff0b\uff0d\uff20])")


def results_of(
    report: Report, seconds: float, seed: int, not_enforced: Sequence[str] = ()
) -> dict[str, Any]:
    """Turn a report into the dict for results.json, in Gradescope's format.

    `extra_data` has the status, and points, max_points, status and reason of every exercise.
    """
    tests = [
        {
            "name": f"{result.exercise}: {plain(result.title)}",
            "score": result.earned,
            "max_score": result.points,
            "status": FAILED if result.reason else PASSED,
            "output": _output(result),
            "visibility": result.visibility,
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
        "output": f"{report.points} of {report.max_points} points (seed {seed})",
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


def plain(text: str) -> str:
    """One line of text that can be written anywhere; what nobody could see is written as a code."""
    text = " ".join(text.encode("utf-8", "backslashreplace").decode("utf-8").split())
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def kept_results(
    path: Path, made_from: dict[str, Any], exercises: Sequence[str]
) -> dict[str, Any] | None:
    """Read a results.json of an earlier run.

    Returns:
        The dict, or None if there is none, it is damaged, or it was made from something else.
    """
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
        extra, score = results["extra_data"], results["score"]
        right = extra["made_from"] == made_from and extra["status"] in (GRADED, NOT_ATTEMPTED)
        points = [each["points"] for each in extra["exercises"].values()]
        earned = [test["score"] for test in results["tests"]]
        whole = list(extra["exercises"]) == list(exercises) and sum(points) == sum(earned) == score
        return results if right and whole else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def as_json(results: dict[str, Any]) -> str:
    """The text of a results.json."""
    return json.dumps(results, indent=1, allow_nan=False) + "\n"


def table(rows: Iterable[tuple[str, str, dict[str, Any]]], exercises: Sequence[str]) -> str:
    """The text of grades.csv, of the student, the file and the dict for results.json of each.

    Everything is quoted, and what a spreadsheet would take for a formula has an apostrophe before.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["student", "status", "total", *exercises, "seconds", "reason", "file"])
    for student, file, results in rows:
        extra = results["extra_data"]
        points = [_points(extra["exercises"].get(name, {})) for name in exercises]
        total, seconds = results.get("score", ""), results["execution_time"]
        words = [_cell(each) for each in (student, extra["status"], extra["reason"] or "", file)]
        writer.writerow([words[0], words[1], total, *points, seconds, words[2], words[3]])
    return text.getvalue()


def _points(score: dict[str, Any]) -> Any:
    """The points of an exercise; of a bonus exercise, whether it was passed."""
    return score["status"] if score.get("max_points") == 0 else score.get("points", "")


def _cell(text: str) -> str:
    return FORMULA.sub(r"\1'", plain(text))
