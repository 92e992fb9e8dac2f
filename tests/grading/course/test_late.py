"""A late policy is a formula of numbers, and nothing else is computed."""

from datetime import datetime, timedelta, timezone

import pytest

from tinytorch.grading.course.late import LatePolicy, lateness

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("formula", "late", "points"),
    [
        ("score", 40 * DAY, 80),
        ("score - 10 * days", HOUR, 70),
        ("score - 10 * days", 25 * HOUR, 60),
        ("score - hours", timedelta(seconds=1), 79),
        ("score * (1 - 0.1 * min(days, 5))", 90 * DAY, 40),
        ("min(score, max_score / 2)", HOUR, 50),
        ("score if days <= 2 else 0", 2 * DAY, 80),
        ("score if days <= 2 else 0", 2 * DAY + HOUR, 0),
        ("floor(score * 0.99)", HOUR, 79),
        ("0", -HOUR, 80),
        ("0", timedelta(0), 80),
        ("score - 1000", HOUR, 0),
        ("score + 50", HOUR, 80),
    ],
)
def test_points_that_are_earned_late(formula, late, points):
    assert LatePolicy(formula).points(80, 100, late) == pytest.approx(points)


@pytest.mark.parametrize(
    "formula",
    [
        "", "score -", "points", "__import__('os').getcwd()", "score.real", "[score][0]", "'8'",
        "score ** 9", "(lambda: 1)()", "open('x')", "min(score, key=max)", "True", "1 / 0",
        "score / (days - 1)", "1e308 * 1e308", "min()", "score := 1", "-" * 400 + "1" * 400,
    ],
)  # fmt: skip
def test_anything_else_is_refused(formula):
    with pytest.raises(ValueError, match=r"formula|cannot be computed|gives"):
        LatePolicy(formula)


def test_how_late_work_came():
    due = datetime(2026, 10, 1, 23, 59, tzinfo=timezone.utc)
    assert lateness(due + HOUR, due, is_late=False) == HOUR
    assert lateness(due - HOUR, due, is_late=True) == timedelta(0)
    assert lateness(None, due, is_late=False) == timedelta(0)
    assert LatePolicy("score - 10 * days").points(80, 100, lateness(None, None, True)) == 70
    zone = timezone(timedelta(hours=5))
    assert lateness(datetime(2026, 10, 2, 4, 59, tzinfo=zone), due, False) == timedelta(0)
