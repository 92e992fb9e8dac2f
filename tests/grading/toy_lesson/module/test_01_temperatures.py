"""The grading suite of the temperatures."""

import pytest
from grading import toy_lesson

LESSON = toy_lesson.LESSON


@pytest.mark.exercise(name="to_fahrenheit", points=60)
def test_water_freezes_at_32_and_boils_at_212(submission):
    freezes, boils = submission.to_fahrenheit([0.0, 100.0])
    assert (freezes, boils) == (32.0, 212.0), f"water freezes at {freezes:g} and boils at {boils:g}"


@pytest.mark.exercise(name="warmest", points=40)
def test_the_warmest_of_some_is_in_fahrenheit(submission):
    celsius = submission.rng.uniform(-40, 40, 7)
    expected, came = celsius.max() * 1.8 + 32, submission.warmest(celsius)
    assert came == pytest.approx(expected, rel=1e-5), f"{came:g} came, {expected:g} is the warmest"
