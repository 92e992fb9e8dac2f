"""A course's own points and tests are in what its students get, and its hidden tests are not."""

from dataclasses import replace
from zipfile import ZipFile

import pytest

from tinytorch.lessons.handouts import students, write_handout
from tinytorch.lessons.handouts.notebooks import Sources
from tinytorch.lessons.quantization import LESSON

FIRST = "test_it_returns_int8_codes_of_the_same_shape_a_scale_and_a_zero_point"
IN_WHEEL = "tinytorch/modules/15_quantization/course"


@pytest.fixture
def sources(tmp_path):
    course = tmp_path / "course"
    course.mkdir()
    course.joinpath("points.csv").write_text(f"test,points\n{FIRST},13\ntest_hidden,4\n")
    course.joinpath("hidden_one.py").write_text("def test_hidden(submission): ...\n")
    return Sources(replace(LESSON, course_folder=course))


def names(wheel):
    with ZipFile(wheel) as archive:
        return {each for each in archive.namelist() if each.startswith(IN_WHEEL)}


def test_students_get_the_points_and_no_hidden_test(sources, tmp_path):
    folder = tmp_path / "students"
    folder.mkdir()
    students.build(folder, sources)
    (wheel,) = folder.glob("*.whl")
    assert names(wheel) == {f"{IN_WHEEL}/points.csv"}
    with ZipFile(wheel) as archive:
        assert "hidden" not in archive.read(f"{IN_WHEEL}/points.csv").decode()
    earned = students.gate(folder, sources)
    assert (earned.key, earned.untouched, earned.worth) == (110, 0, 110)


def test_a_graders_wheel_has_all_of_it(sources, tmp_path):
    wheel = sources.write_library(tmp_path, with_hidden_tests=True)
    assert names(wheel) == {f"{IN_WHEEL}/points.csv", f"{IN_WHEEL}/hidden_one.py"}


def test_a_format_that_cannot_have_a_course_says_so(sources, tmp_path):
    with pytest.raises(ValueError, match="students, gradescope, classroom, not in nbgrader"):
        write_handout("nbgrader", tmp_path / "nbgrader", lesson=sources.lesson)
