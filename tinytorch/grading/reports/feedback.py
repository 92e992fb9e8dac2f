"""The pages of a class: one for each student, and a summary for the instructor."""

from __future__ import annotations

import statistics
from collections import Counter
from typing import Any, NamedTuple

from tinytorch.grading.course import VISIBLE
from tinytorch.grading.lesson import Lesson
from tinytorch.grading.reports.pages import render
from tinytorch.grading.reports.report import FAILED, NOT_ATTEMPTED, PASSED, look_at
from tinytorch.grading.reports.results import CHANGE, COULD_NOT_GRADE, GRADED, kind_of, plain

FULL, BIN = 100, 10  # points: full points have a bar of their own
MAX_NAMED = 200  # students that a summary names


class Bar(NamedTuple):
    """A row of a table that ends with a bar."""

    cells: tuple[str, ...]
    fraction: float  # of the longest bar
    text: str


class Tally:
    """What the summary of a class is made of; it does not grow with the class.

    Attributes:
        totals: how many got how many points.
        statuses: how many were graded, not attempted, and could not be graded.
        lost: points that the class lost with each check.
        students: how many lost points with each check.
        not_enforced: limits that the sandbox did not have.
        ungraded: those who could not be graded, and why, the first MAX_NAMED of them.
        missing: those on the roster who handed in nothing.
        strangers: those who handed in something and are not on the roster.
    """

    def __init__(self) -> None:
        self.totals: Counter[int] = Counter()
        self.statuses: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.students: Counter[str] = Counter()
        self.not_enforced: set[str] = set()
        self.ungraded: list[tuple[str, str]] = []
        self.missing: list[str] = []
        self.strangers: list[str] = []

    def __str__(self) -> str:
        return (
            f"{self.statuses.total()} submissions: {self.statuses[GRADED]} graded, "
            f"{self.statuses[NOT_ATTEMPTED]} not attempted, "
            f"{self.statuses[COULD_NOT_GRADE]} that could not be graded"
            + (f"; {len(self.missing)} not submitted" if self.missing else "")
        )

    def add(self, results: dict[str, Any], student: str) -> None:
        """Count a submission, given as the dict for results.json and the student's name.

        Checks count for those who attempted something: only their losses say what to teach again.
        """
        status = results["extra_data"]["status"]
        self.statuses[status] += 1
        self.not_enforced.update(results["extra_data"].get("not_enforced", []))
        if "score" in results:
            self.totals[results["score"]] += 1
        if status == COULD_NOT_GRADE and len(self.ungraded) < MAX_NAMED:
            self.ungraded.append((plain(student), plain(results["extra_data"]["reason"])))
        tests = results["tests"] if status == GRADED else []
        for test in [each for each in tests if kind_of(each) != CHANGE]:
            lost = test["max_score"] - test["score"]
            self.lost[test["name"]] += lost
            self.students[test["name"]] += lost > 0


def feedback_page(lesson: Lesson, student: str, results: dict[str, Any]) -> str:
    """A student's page, of the dict for results.json: points, what went wrong, where to look."""
    extra = results["extra_data"]
    return render(
        "feedback.html",
        title="Feedback",
        lesson=lesson.title,
        student=plain(student),
        reason=plain(extra["reason"]) if extra["status"] == COULD_NOT_GRADE else None,
        points=plain(results["output"]),
        exercises=[
            _exercise(lesson, name, score, results["tests"])
            for name, score in extra["exercises"].items()
        ],
        changes=[
            (f"{test['score']:+g}", plain(test["name"].split(": ", 1)[0]), plain(test["output"]))
            for test in results["tests"]
            if kind_of(test) == CHANGE
        ],
        total=f"{results.get('score', 0):g} points",
    )


def _exercise(
    lesson: Lesson, name: str, score: dict[str, Any], tests: list[dict[str, Any]]
) -> dict[str, Any]:
    own = [test for test in tests if test["name"].startswith(f"{name}: ")]
    tests = [test for test in own if test["visibility"] == VISIBLE and kind_of(test) != CHANGE]
    failed = [test for test in tests if test["status"] == FAILED]
    if len(tests) < sum(kind_of(test) != CHANGE for test in own):  # what is hidden does not show
        reason = failed[0]["output"].partition("\n")[0] if failed else None
        status = score["status"] if failed or score["status"] != FAILED else PASSED
        score = {**score, "reason": reason, "status": status}
    # The student's own lines that raised stand below the first line of a test's output.
    traces = [test["output"].partition("\n")[2] for test in failed]
    return {
        **score,
        "points": sum(test["score"] for test in tests),
        "max_points": sum(test["max_score"] for test in tests),
        "name": plain(name),
        "reason": plain(score["reason"] or ""),
        "traceback": next(filter(None, traces), ""),
        "look_at": plain(look_at(lesson, name)),
        "failed_checks": [plain(test["name"].split(": ", 1)[1]) for test in failed],
    }


def summary_page(lesson: Lesson, tally: Tally) -> str:
    """The instructor's page: how the totals are distributed, and what points were lost on."""
    graded = tally.statuses[GRADED]
    worst = [(name, lost) for name, lost in tally.lost.most_common() if lost]
    losses = [
        Bar(
            (f"{tally.students[name]} of {graded}", plain(name)),
            lost / worst[0][1],
            f"{lost / graded:.1f}",
        )
        for name, lost in worst
    ]
    points = sorted(tally.totals.elements())
    return render(
        "summary.html",
        title="The class",
        lesson=lesson.title,
        tally=tally,
        totals=_distribution(tally.totals),
        mean=statistics.fmean(points or [0]),
        median=statistics.median(points or [0]),
        losses=losses,
        lists=[
            ("Who could not be graded", [": ".join(each) for each in sorted(tally.ungraded)]),
            ("Who handed in nothing", [plain(each) for each in tally.missing[:MAX_NAMED]]),
            ("Who is not on the roster", [plain(each) for each in tally.strangers[:MAX_NAMED]]),
        ],
    )


def _distribution(totals: Counter[int]) -> list[Bar]:
    """A bar for every ten points, and one for full points."""
    if not totals:
        return []
    bins: Counter[int] = Counter()
    for points, students in totals.items():
        bins[min(points, FULL) // BIN] += students
    names = [*(f"{low} to {low + BIN - 1}" for low in range(0, FULL, BIN)), str(FULL)]
    largest = max(bins.values())
    return [Bar((name,), bins[i] / largest, str(bins[i])) for i, name in enumerate(names)]
