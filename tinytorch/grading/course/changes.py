"""What an instructor, or the late policy, changes about points: kept apart from what was graded.

A table says it, which no run writes:

    student,exercise,points,reason
    Jane Doe,calibrate,+2,the sentence in the notebook was ambiguous

A change is shown with its reason. What was graded can always be told from it, so that running again
loses neither.
"""

from __future__ import annotations

import copy
import csv
import math
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from tinytorch.grading.course import VISIBLE
from tinytorch.grading.reports.report import FAILED, PASSED
from tinytorch.grading.reports.results import CHANGE, COULD_NOT_GRADE, KIND, Results, kind_of

COLUMNS = ("student", "exercise", "points", "reason")
FILE = "adjustments.csv"  # in the folder of the results
CHANGES = "changes"  # in extra_data of results.json


class Change(NamedTuple):
    """Points that are added to what was graded.

    Attributes:
        exercise: to whose points, or "" if to the sum alone.
        points: how many; negative ones are taken away.
        reason: for the student.
    """

    exercise: str
    points: float
    reason: str


def read_adjustments(path: Path, exercises: Collection[str]) -> dict[str, list[Change]]:
    """Read what an instructor changed.

    Args:
        path: of a table as above. One that is not there changes nothing.
        exercises: the names of the lesson's exercises.

    Returns:
        The changes of each student, by what the table calls the student.

    Raises:
        ValueError: if something in it is not as above; it says the line.
    """
    if not path.exists():
        return {}
    changes: dict[str, list[Change]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
            raise ValueError(f"{path} lacks the column {missing[0]}; it needs {', '.join(COLUMNS)}")
        for row in rows:
            student, exercise, points, reason = ((row[name] or "").strip() for name in COLUMNS)
            if not any((student, exercise, points, reason)):
                continue
            where = f"{path}, line {rows.line_num}"
            if exercise not in exercises:
                names = ", ".join(exercises)
                raise ValueError(f"{where}: there is no exercise {exercise!r}; there are {names}")
            if not student or not reason:
                raise ValueError(f"{where}: there is no {'reason' if student else 'student'}")
            changes.setdefault(student, []).append(Change(exercise, _number(points, where), reason))
    return changes


def _number(text: str, where: str) -> float:
    try:
        number = float(text.replace("\u2212", "-"))  # the minus sign of spreadsheets
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{where}: points are {text!r}, where a number such as -2 was expected")
    return int(number) if number.is_integer() else number


def changes_by_student(
    adjustments: Mapping[str, list[Change]], students: Mapping[str, Iterable[str]]
) -> dict[str, list[Change]]:
    """Find out who is meant.

    Args:
        adjustments: as from `read_adjustments`.
        students: for each key of a student, all names by which the student may be called.

    Returns:
        The changes by the keys of the students.

    Raises:
        ValueError: if a name is nobody's or more than one student's: no change is to be lost.
    """
    called: dict[str, set[str]] = {}
    for key, names in students.items():
        for name in filter(None, names):
            called.setdefault(name.casefold(), set()).add(key)
    found: dict[str, list[Change]] = {}
    for name, changes in adjustments.items():
        keys = called.get(name.casefold(), set())
        if len(keys) > 1:
            raise ValueError(
                f"the adjustments name {name!r}, who may be {' or '.join(sorted(keys))}"
            )
        if not keys:
            near = get_close_matches(name.casefold(), called, 1)
            hint = f"; is it {near[0]!r}?" if near else ""
            raise ValueError(f"the adjustments name {name!r}, who is not in this class{hint}")
        found.setdefault(keys.pop(), []).extend(changes)
    return found


def changed(results: Results, changes: Iterable[Change]) -> Results:
    """The dict for results.json with changes in it; each is a test that could earn nothing.

    What could not be graded has no points that could be changed: it gets them as its only ones.
    """
    results, changes = copy.deepcopy(graded(results)), list(changes)
    if not changes:
        return results
    extra = results["extra_data"]
    extra[CHANGES] = [change._asdict() for change in changes]
    results["score"] = _tidy(results.get("score", 0) + sum(change.points for change in changes))
    for change in changes:
        if score := extra["exercises"].get(change.exercise):
            score["points"] = _tidy(score["points"] + change.points)
        results["tests"].append(
            {
                "name": f"{change.exercise or 'the sum'}: changed by {change.points:+g}",
                "score": change.points,
                "max_score": 0,
                "status": PASSED if change.points >= 0 else FAILED,
                "output": change.reason,
                "visibility": VISIBLE,
                "extra_data": {KIND: CHANGE},
            }
        )
    return results


def graded(results: Results) -> Results:
    """The dict for results.json as it was graded, without any changes."""
    if CHANGES not in results["extra_data"]:
        return results
    results = copy.deepcopy(results)
    extra = results["extra_data"]
    changes = [Change(**each) for each in extra.pop(CHANGES)]
    results["tests"] = [test for test in results["tests"] if kind_of(test) != CHANGE]
    results["score"] = _tidy(results["score"] - sum(change.points for change in changes))
    for change in changes:
        if score := extra["exercises"].get(change.exercise):
            score["points"] = _tidy(score["points"] - change.points)
    if extra["status"] == COULD_NOT_GRADE:
        del results["score"]
    return results


def _tidy(points: float) -> float:
    rounded = round(points, 6)
    return int(rounded) if float(rounded).is_integer() else rounded
