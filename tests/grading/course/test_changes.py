"""Adjustments find their students, show their reasons, and can be told from what was graded."""

import copy

import pytest

from tinytorch.grading.course.changes import (
    Change,
    changed,
    changes_by_student,
    graded,
    read_adjustments,
)
from tinytorch.grading.reports.results import results_of, results_without_points
from tinytorch.grading.reports.store import write
from tinytorch.grading.runner import grade
from tinytorch.lessons.quantization import LESSON

TABLE = "student,exercise,points,reason\n"


@pytest.fixture(scope="module")
def results():
    return results_of(grade(LESSON, {}), 1.0, 0)


def read(tmp_path, text):
    write(tmp_path / "adjustments.csv", TABLE + text)
    return read_adjustments(tmp_path / "adjustments.csv", LESSON.exercise_names)


def test_a_table_is_read_as_spreadsheets_write_it(tmp_path):
    text = '\ufeff"Doe, Jane",calibrate,+2,ambiguous\n,,,\nDan,questions,\u22121.5,"late, twice"\n'
    found = read(tmp_path, text.lstrip("\ufeff"))
    assert found == {
        "Doe, Jane": [Change("calibrate", 2, "ambiguous")],
        "Dan": [Change("questions", -1.5, "late, twice")],
    }
    assert read_adjustments(tmp_path / "none.csv", ()) == {}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("Dan,calibration,2,why", "line 2: there is no exercise 'calibration'"),
        ("Dan,calibrate,two,why", "line 2: points are 'two'"),
        ("Dan,calibrate,nan,why", "points are 'nan'"),
        ("Dan,calibrate,2,", "there is no reason"),
        (",calibrate,2,why", "there is no student"),
        ("Dan,calibrate", "points are ''|there is no reason"),
    ],
)
def test_a_mistake_in_the_table_is_named(tmp_path, line, sentence):
    with pytest.raises(ValueError, match=sentence):
        read(tmp_path, line + "\n")


def test_everybody_who_is_named_is_found_or_the_run_does_not_start():
    students = {"Jane Doe": ["Jane Doe", "jd1"], "Jan Doe": ["Jan Doe", ""], "J": ["J", "jd1"]}
    two = [Change("calibrate", 2, "why")]
    assert changes_by_student({"jane doe": two}, students) == {"Jane Doe": two}
    with pytest.raises(ValueError, match="who may be J or Jane Doe"):
        changes_by_student({"jd1": two}, students)
    with pytest.raises(ValueError, match="'Jame Doe', who is not in this class; is it 'jane doe'"):
        changes_by_student({"Jame Doe": two}, students)


def test_changes_are_added_and_taken_back(results):
    before = copy.deepcopy(results)
    changes = [Change("calibrate", 2, "ambiguous"), Change("", -0.1, "late"), Change("", -0.2, "-")]
    after = changed(results, changes)
    assert results == before
    assert after["score"] == results["score"] + 1.7
    points = after["extra_data"]["exercises"]["calibrate"]["points"]
    assert points == results["extra_data"]["exercises"]["calibrate"]["points"] + 2
    assert [test["output"] for test in after["tests"][-3:]] == ["ambiguous", "late", "-"]
    assert sum(test["score"] for test in after["tests"]) == pytest.approx(after["score"])
    assert graded(after) == before
    assert changed(after, changes) == after  # not twice
    assert changed(after, []) == before


def test_what_could_not_be_graded_gets_points_by_hand():
    before = results_without_points("no notebook")
    after = changed(before, [Change("calibrate", 15, "seen on paper")])
    assert after["score"] == 15
    assert graded(after) == before
