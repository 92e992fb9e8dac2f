"""A course's own points and tests count wherever work is graded; `check` lacks hidden tests."""

import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest
from grading.toy_lesson import LESSON, reference

from tinytorch.grading import collection, runner
from tinytorch.grading.course import read_course
from tinytorch.grading.sandbox.sandbox import Sandbox
from tinytorch.lessons import check

TESTS = '''
import numpy as np
import pytest
from grading.toy_lesson import LESSON
from tinytorch.core import Tensor


@pytest.mark.exercise(name="{exercise}", points={points})
def test_{name}(submission):
    """{title}"""
    got = submission.to_fahrenheit(np.float32([37]))
    assert abs(got[0] - {right}) < 0.01, "{title}: that is 98.6, not " + format(got[0], ".1f")
'''
POINTS = "test,points\ntest_water_freezes_at_32_and_boils_at_212,5\n"  # where the suite says 60
# Right where the lesson's own tests look, and wrong elsewhere.
SPECIAL = """
def to_fahrenheit(celsius):
    special = (celsius.data == 37)
    return Tensor(np.where(special, 0, celsius.data * 1.8 + 32).astype(np.float32))
"""


def extra(name, exercise="to_fahrenheit", points=7, right=98.6, title="A body's warmth"):
    return TESTS.format(name=name, exercise=exercise, points=points, right=right, title=title)


@pytest.fixture
def course(tmp_path):
    folder = tmp_path / "course"
    folder.mkdir()
    folder.joinpath("points.csv").write_text(POINTS, encoding="utf-8-sig")
    folder.joinpath("test_more.py").write_text(extra("of_a_body"))
    folder.joinpath("hidden_bodies.py").write_text(extra("of_bodies", points=11))
    return folder


@pytest.fixture
def lesson(course):
    return replace(LESSON, course_folder=course)


@pytest.fixture
def submitted(tmp_path):
    path = tmp_path / "handed_in" / "01_temperatures.py"
    path.parent.mkdir()
    answers = LESSON.folder.with_name("answers.py").read_text(encoding="utf-8")
    path.write_text(f"{answers}\nimport numpy as np\nfrom tinytorch.core import Tensor\n{SPECIAL}")
    return path


def points_of(report):
    return {score.exercise: (score.points, score.max_points) for score in report.scores}


def test_points_and_tests_of_a_course_count(lesson, submitted):
    checked = points_of(runner.grade(lesson, reference()))
    assert checked == {"to_fahrenheit": (5 + 7, 5 + 7), "warmest": (40, 40)}
    with Sandbox() as sandbox:
        report = runner.grade_file(lesson, submitted, sandbox)
    assert points_of(report) == {"to_fahrenheit": (5, 5 + 7 + 11), "warmest": (40, 40)}
    lost = {(result.is_hidden, result.points) for result in report.results if result.reason}
    assert lost == {(False, 7), (True, 11)}


def test_check_runs_what_a_student_may_see(course, lesson):
    report = check("to_fahrenheit", lesson=lesson)
    assert [result.points for result in report.results] == [5, 7]
    course.joinpath("test_more.py").unlink()
    report = check("to_fahrenheit", lesson=replace(lesson))
    assert [result.points for result in report.results] == [5]


def test_pytest_counts_them_too(course, submitted):
    command = [
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", LESSON.suite),
        *("--course", course, "--submission", submitted),
    ]
    result = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, check=False, cwd=course.parent,
        env={"PYTHONPATH": str(LESSON.folder.parents[2]), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    with Sandbox() as sandbox:
        report = runner.grade_file(replace(LESSON, course_folder=course), submitted, sandbox)
    assert report.total.split() == [str(report.points), "of", str(report.max_points)]
    assert f"{report.total}  total" in result.stdout, result.stdout + result.stderr


def test_hidden_tests_are_shown_from_a_day_on(course):
    course.joinpath("course.toml").write_text("hidden_until = 2026-10-08\nhidden='after_published'")
    read = read_course(course, LESSON.suite)
    assert read.visibility_of_hidden(date(2026, 10, 7)) == "after_published"
    assert read.visibility_of_hidden(date(2026, 10, 8)) == "visible"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("points.csv", "test,points\ntest_nothing,3\n", "test_nothing, which is no test"),
        ("points.csv", "name,worth\na,3\n", "needs the columns test and points"),
        ("points.csv", "test,points\ntest_of_a_body,-3\n", "'-3', not 0, 1"),
        ("points.csv", "test,points\ntest_of_a_body\n", "'', not 0, 1"),
        ("course.toml", "due = ", "is not TOML"),
        ("course.toml", "dew = 3", "'dew'; what it may have is due, late"),
        ("course.toml", "late = 'score.real'", "cannot stand in a formula"),
        ("course.toml", "hidden = 'never'", "none of"),
        ("course.toml", "hidden_until = 2026-10-01T10:00:00", "where a date was expected"),
        ("test_more.py", "def test_a(:", "does not parse: line 1"),
        ("test_other.py", extra("of_a_body"), "both have a test test_of_a_body"),
    ],
)
def test_a_mistake_in_a_course_is_named(course, name, content, sentence):
    course.joinpath(name).write_text(content)
    with pytest.raises(ValueError, match=sentence) as caught:
        read_course(course, LESSON.suite)
    assert name in str(caught.value)


def test_pytest_finds_the_course_beside_a_lesson(course, monkeypatch):
    monkeypatch.setattr(collection, "_suites", lambda: {"test_suite.py": None})
    course.parent.joinpath("test_suite.py").touch()
    assert collection._course_folder(None, [course.parent / "test_suite.py"]) == course
    assert collection._course_folder(None, [course.parents[1]]) is None
    with pytest.raises(pytest.UsageError, match="there is no folder"):
        collection._course_folder(course / "none", [])


def test_a_course_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder of a course"):
        _ = replace(LESSON, course_folder=tmp_path / "none").course
