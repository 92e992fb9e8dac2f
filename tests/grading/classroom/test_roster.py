"""`tinytorch grade CLASS -o RESULTS` with rosters and gradebooks: who has a row, who is named."""

import csv
import zipfile

import pytest
from grading.classroom.fake_grades import instead_of_a_sandbox
from grading.submission.finding import trees

from tinytorch.cli import main

ROSTER = (
    "name;id;e-mail\nDoe, Jane;12345;jd@example.edu\nGroß, Jürgen;12346;jg@example.edu\n"
    "王 芳;12347;wf@example.edu\nRoe, Max;12348;mr@example.edu\n=Absent, Ann;12399;aa@example.edu\n"
)


@pytest.fixture(autouse=True)
def graded(monkeypatch):
    points = {"doejane": 87, "王芳": 100}
    return instead_of_a_sandbox(monkeypatch, lambda each: points.get(each.student, 50))


@pytest.fixture
def students(tmp_path):
    return trees.canvas(tmp_path / "class")


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(ROSTER, encoding="utf-8")
    return path


def grade(capsys, *arguments):
    status = main(["grade", *map(str, arguments)])
    said = capsys.readouterr()
    return status, said.out, said.err


def table(results):
    with (results / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def test_the_table_says_who_handed_in_what(students, tmp_path, capsys):
    status, out, _ = grade(capsys, students, "-o", tmp_path / "results")
    jane = table(tmp_path / "results")["doejane"]
    keys = ("id", "attempt", "late", "status", "total", "companions", "roster")
    assert [jane[key] for key in keys] == [
        *("12345", "2", "yes", "graded", "87", "doejane_LATE_12345_67891_report.pdf", "")
    ]
    assert table(tmp_path / "results")["王芳"]["late"] == "no"
    assert status == 0
    assert [line for line in out.splitlines() if "roemax" in line] == [
        "could not be graded: roemax: no file was handed in, only what the platform itself writes "
        "or a text typed into it"
    ]
    summary = (tmp_path / "results/summary.html").read_text(encoding="utf-8")
    assert "<li>roemax: no file was handed in" in summary


def test_everybody_on_the_roster_has_a_row_and_strangers_are_named(
    students, roster, tmp_path, capsys
):
    results = tmp_path / "results"
    _, out, _ = grade(capsys, students, "-o", results, "--roster", roster)
    found = {name: (row["status"], row["roster"]) for name, row in table(results).items()}
    assert found == {
        "doejane": ("graded", "Doe, Jane"),
        "großjürgen": ("graded", "Groß, Jürgen"),
        "王芳": ("graded", "王 芳"),
        "roemax": ("could not grade", "Roe, Max"),
        "team_7": ("graded", "not on it"),
        "anon_x1Yz2": ("graded", "not on it"),
        "'=Absent, Ann": ("not submitted", "'=Absent, Ann"),
    }
    assert table(results)["'=Absent, Ann"]["total"] == ""
    assert "1 that could not be graded; 1 not submitted" in out
    assert "not submitted: =Absent, Ann" in out
    assert "not on the roster: team_7" in out
    summary = (results / "summary.html").read_text(encoding="utf-8")
    assert "Who handed in nothing" in summary
    assert "Who is not on the roster" in summary


def test_a_roster_that_comes_later_grades_nothing_again(students, roster, tmp_path, capsys, graded):
    grade(capsys, students, "-o", tmp_path / "results")
    graded.clear()
    grade(capsys, students, "-o", tmp_path / "results", "--roster", roster)
    assert graded == ["roemax"]


def test_gradebook_and_feedback_are_written_for_the_platform(students, tmp_path, capsys):
    book, pages = tmp_path / "book.csv", tmp_path / "pages.zip"
    book.write_text("Student,ID,15_quantization\nDoe,12345,\nAbsent,1,\n", encoding="utf-8")
    options = ["--gradebook", "canvas", book, "--feedback", "canvas", pages]
    status, _, err = grade(capsys, students, "-o", tmp_path / "results", *options)
    assert status == 0
    assert book.read_text(encoding="utf-8").splitlines()[1:] == ["Doe,12345,87", "Absent,1,"]
    assert f"not in {book}: anon_x1Yz2, großjürgen, team_7, 王芳" in err
    with zipfile.ZipFile(pages) as archive:
        assert "doejane_LATE_12345_67890_feedback.html" in archive.namelist()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--gradebook", "ilias", "x.csv"], "--gradebook is for canvas, moodle, blackboard"),
        (["--feedback", "blackboard", "x.zip"], "--feedback is for canvas, moodle"),
        (["--column", "x"], "--column is that of a gradebook"),
        (["--gradebook", "canvas", "no/folder/x.csv"], "there is no folder"),
        (["--roster", "missing.csv"], "missing.csv"),
    ],
)
def test_options_that_make_no_sense_are_refused_before_anything_is_graded(
    students, tmp_path, capsys, options, message, graded
):
    status, _, err = grade(capsys, students, "-o", tmp_path / "results", *options)
    assert status == 1
    assert message in err
    assert graded == []


@pytest.mark.parametrize(("points", "expected"), [(50, 0), (51, 1)])
def test_fail_under_is_about_the_worst_of_a_class(tmp_path, capsys, points, expected):
    students = trees.make(tmp_path / "class", "a.py", "b.py")
    assert grade(capsys, students, "-o", tmp_path / "r", "--fail-under", points)[0] == expected


def test_who_could_not_be_graded_fails_too(students, tmp_path, capsys):
    assert grade(capsys, students, "-o", tmp_path / "r", "--fail-under", 0)[0] == 1
