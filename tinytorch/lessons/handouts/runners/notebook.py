"""One test of a lesson's suite at a time, for graders that run a test of their own for each.

All of them run the whole exercise, so that mistakes are carried forward as `check` does it; it is
kept as long as the notebook defines the same.
"""

from __future__ import annotations

from typing import Any

from tinytorch.grading.reports.report import Report
from tinytorch.grading.runner import grade
from tinytorch.lessons.folders import find_lesson

_kept: dict[str, tuple[dict[str, Any], Report]] = {}


def require(exercise: str, title: str, namespace: dict[str, Any]) -> None:
    """Run a test of the suite on what a notebook defines.

    Args:
        exercise: the name of the exercise.
        title: of the test, as reports have it.
        namespace: the definitions; the globals of the functions in it.

    Raises:
        AssertionError: if the test fails; the message is the reason that a student reads.
        ValueError: if the exercise has no such test.
    """
    for result in _report(exercise, namespace).results:
        if (result.exercise, result.title) == (exercise, title):
            if result.reason:
                raise AssertionError(f"{title}: {result.reason}")
            return
    raise ValueError(f"the exercise {exercise!r} has no test {title!r}")


def _report(exercise: str, namespace: dict[str, Any]) -> Report:
    # Names of IPython, such as _ and _12, come and go.
    defined = {name: value for name, value in namespace.items() if not name.startswith("_")}
    kept = _kept.get(exercise)
    if kept is None or not _same(kept[0], defined):
        kept = (defined, grade(find_lesson(), namespace, exercise))
        _kept[exercise] = kept
    return kept[1]


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(one[name] is other[name] for name in one)
