"""Adjustments, the late policy and hidden tests of a class, over several runs."""

import json
from dataclasses import replace

import pytest
from grading.classroom import fake_grades
from grading.classroom.class_runs import rows

from tinytorch.grading.classroom import run
from tinytorch.grading.classroom.suite import lesson_of, reference_to, suite_version
from tinytorch.grading.reports.results import HIDDEN, KIND
from tinytorch.lessons.quantization import LESSON

TABLE = "student,exercise,points,reason\n"
CANVAS = ("doejane_101_9001_15_quantization.ipynb", "roejohn_LATE_102_9002_15_quantization.ipynb")
COURSE = """
due = 2026-10-01T23:59:00+02:00
late = "score * 0.9"
hidden_until = 2999-01-01
"""


@pytest.fixture
def course(tmp_path):
    folder = tmp_path / "course"
    folder.mkdir()
    folder.joinpath("course.toml").write_text(COURSE)
    return folder


@pytest.fixture
def graded(tmp_path, monkeypatch, course):
    """Grade a class of two with 80 points each; gives the table's totals, and what was graded."""
    source, results = tmp_path / "class", tmp_path / "results"
    source.mkdir()
    for name in CANVAS:
        source.joinpath(name).write_text("{}")
    done = fake_grades.instead_of_a_sandbox(monkeypatch)

    def graded(**options):
        done.clear()
        lesson = replace(LESSON, course_folder=course)
        run.grade_class(lesson, source, results, seed=1, **options)
        totals = {name: float(row["total"]) for name, row in rows(results).items() if row["total"]}
        return totals, sorted(done)

    graded.results = results
    return graded


def page(results, student):
    return (results / "students" / student / "feedback.html").read_text(encoding="utf-8")


def adjust(results, lines):
    results.joinpath("adjustments.csv").write_text(TABLE + lines, encoding="utf-8")


def test_late_work_gets_what_the_formula_says(graded, course):
    totals, _ = graded()
    assert totals == {"doejane": 80, "roejohn": 72}
    assert "handed in late: score * 0.9" in page(graded.results, "roejohn")
    assert "handed in late" not in page(graded.results, "doejane")
    course.joinpath("course.toml").write_text('late = "score - 5 * days"')
    totals, done = graded()
    assert (totals["roejohn"], done) == (75, [])  # nobody is graded again for that


def test_adjustments_survive_every_run_and_reach_the_pages(graded):
    graded()
    adjust(
        graded.results, "101,quantize_int8,+3,the text was ambiguous\nroejohn,calibrate,-1,copy\n"
    )
    for _ in range(2):
        totals, done = graded()
        assert totals == {"doejane": 83, "roejohn": pytest.approx(79 * 0.9)}
        assert done == []
    assert rows(graded.results)["doejane"]["quantize_int8"] == "83"
    assert "the text was ambiguous" in page(graded.results, "doejane")
    assert "The checks gave 80 of 100 points." in page(graded.results, "doejane")
    totals, done = graded(only="doejane")
    assert (totals["doejane"], done) == (83, ["doejane"])
    adjust(graded.results, "")
    assert graded() == ({"doejane": 80, "roejohn": 72}, [])
    assert "ambiguous" not in page(graded.results, "doejane")


def test_an_adjustment_for_nobody_ends_the_run_before_anything_is_graded(graded):
    graded.results.mkdir()
    adjust(graded.results, "doe jane,quantize_int8,3,why\n")
    with pytest.raises(ValueError, match="'doe jane', who is not in this class; is it 'doejane'"):
        graded()


@pytest.mark.parametrize("name", ["doejane", "DoeJane", "101"])
def test_one_student_is_graded_again(graded, name):
    graded()
    assert graded(only=name)[1] == ["doejane"]
    with pytest.raises(ValueError, match=r"called 'jane' is nobody; is it 'doejane'\?"):
        graded(only="jane")


def test_grading_one_again_keeps_what_is_known_of_those_who_could_not_be_graded(graded, tmp_path):
    apology = tmp_path / "class" / "kimlee_104_9004_answer.txt"
    apology.write_text("sorry, I was ill")
    graded()
    before = rows(graded.results)
    assert before["kimlee"]["status"] == "could not grade"
    graded(only="doejane")
    assert rows(graded.results) == before


def test_pages_show_what_hidden_tests_found_from_their_day_on(graded, course, monkeypatch):
    def with_a_hidden_test(points, real=fake_grades.results):
        made = real(points - 30)
        made["tests"].append(
            {
                "name": "quantize_int8: the secret", "score": 0, "max_score": 30,
                "status": "failed",
                "output": "codes of secrets", "visibility": "hidden", "extra_data": {KIND: HIDDEN},
            }
        )  # fmt: skip
        score = {"status": "failed", "reason": "codes of secrets"}
        made["extra_data"]["exercises"]["quantize_int8"].update(score)
        return made

    monkeypatch.setattr(fake_grades, "results", with_a_hidden_test)
    assert graded()[0]["doejane"] == 50
    shown = page(graded.results, "doejane")
    assert "secret" not in shown
    assert "50 of 100 points; 1 test is hidden" in shown
    course.joinpath("course.toml").write_text("hidden_until = 2026-01-01")
    assert graded() == ({"doejane": 50, "roejohn": 50}, [])
    shown = page(graded.results, "doejane")
    assert "codes of secrets" in shown
    assert "50 of 130 points" in shown
    kept = json.loads((graded.results / "students" / "doejane" / "results.json").read_text())
    assert [test["visibility"] for test in kept["tests"]] == ["visible", "visible"]


def test_another_machine_finds_the_course_and_another_course_is_another_suite(course):
    lesson = replace(LESSON, course_folder=course)
    found = lesson_of(reference_to(lesson))
    assert found == lesson
    version = suite_version(LESSON)
    assert suite_version(found) == version  # dates and policies are nothing that grades
    course.joinpath("hidden_more.py").write_text("def test_more(submission): ...\n")
    assert suite_version(replace(lesson)) != version
