"""From what was graded to the points that count: adjustments, the late policy, and what is hidden.

What was graded is in results.json, and can be told from what was changed since: so a later run
goes on from it, whatever the adjustments and dates are by then.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tinytorch.grading.course import Course
from tinytorch.grading.course.changes import (
    FILE,
    Change,
    changed,
    changes_by_student,
    graded,
    read_adjustments,
)
from tinytorch.grading.course.late import lateness
from tinytorch.grading.lesson import Lesson
from tinytorch.grading.reports.report import NOT_ATTEMPTED
from tinytorch.grading.reports.results import GRADED, HIDDEN, Results, kind_of, points_of
from tinytorch.grading.submission.files import SubmissionFile


class Points:
    """What changes the points of a class.

    Args:
        lesson: with its course.
        results: the folder for the results, where adjustments are.
        found: the submissions.

    Raises:
        ValueError: if the adjustments are not what they should be, or name nobody.
    """

    def __init__(self, lesson: Lesson, results: Path, found: Sequence[SubmissionFile]) -> None:
        self._course = lesson.course
        adjustments = read_adjustments(results / FILE, lesson.exercise_names)
        called = {each.student: [each.student, each.name, each.id, *each.keys] for each in found}
        self._changes = changes_by_student(adjustments, called)

    def counted(self, each: SubmissionFile, results: Results) -> Results:
        """The dict for results.json with everything that changes points, of what was graded."""
        results = copy.deepcopy(graded(results))
        extra = results["extra_data"]
        if hidden := [test for test in results["tests"] if kind_of(test) == HIDDEN]:
            for test in hidden:
                test["visibility"] = self._course.visibility_of_hidden()
            results["output"] = f"{points_of(results['tests'])} (seed {extra['seed']})"
        changes = self._changes.get(each.student, [])
        results = changed(results, changes)
        if "score" not in results or not extra.get("max_points"):
            return results
        late = late_change(self._course, each, results["score"], extra["max_points"])
        return changed(results, [*changes, late]) if late else results


def late_change(
    course: Course, each: SubmissionFile, score: float, max_score: float
) -> Change | None:
    """What the late policy takes away, if it does."""
    handed_in = datetime.fromisoformat(each.time) if each.time else None
    if handed_in is not None and handed_in.tzinfo is None and course.due is not None:
        handed_in = handed_in.replace(tzinfo=course.due.tzinfo)  # the platform says no zone
    late = lateness(handed_in, course.due, bool(each.late))
    left = course.late.points(score, max_score, late)
    if left == score:
        return None
    known = late >= timedelta(minutes=1)
    words = f"handed in {_words(late)} late" if known else "handed in late"
    return Change("", left - score, f"{words}: {course.late.formula}")


def _words(late: timedelta) -> str:
    minutes = int(late.total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
    parts = [f"{days} d"] * bool(days) + [f"{hours} h"] * bool(hours)
    return " ".join(parts + [f"{minutes} min"] * bool(minutes))


def kept_results(
    path: Path, made_from: dict[str, Any], exercises: Sequence[str], with_ungraded: bool = False
) -> dict[str, Any] | None:
    """Read a results.json of an earlier run.

    Args:
        path: of the file.
        made_from: what it has to be made from.
        exercises: the names of the lesson's.
        with_ungraded: whether one that says that nothing could be graded is good enough, as it is
            for those whom nobody asked to grade.

    Returns:
        The dict as it stands there, with changes, or None if there is none, it is damaged, or it
        was made from something else.
    """
    try:
        written: Results = json.loads(path.read_text(encoding="utf-8"))
        results = graded(written)
        extra = results["extra_data"]
        if extra["made_from"] != made_from:
            return None
        if extra["status"] not in (GRADED, NOT_ATTEMPTED):
            return written if with_ungraded else None
        score = results["score"]
        points = [each["points"] for each in extra["exercises"].values()]
        earned = [test["score"] for test in results["tests"]]
        whole = list(extra["exercises"]) == list(exercises) and sum(points) == sum(earned) == score
        return written if whole else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
