"""The real nbgrader makes the assignment of what is handed out, and gives the right points."""

import csv

import nbformat
import pytest
from lessons.handouts.halves import half_right, points_in_the_sandbox
from lessons.notebook import NOTEBOOK

from tinytorch.cli import main
from tinytorch.lessons.handouts import nbgrader, write_handout
from tinytorch.lessons.handouts.notebooks import Sources, exercise_cells
from tinytorch.lessons.quantization import LESSON

ASSIGNMENT = f"{LESSON.name}/{NOTEBOOK.name}"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The handout, a copy of nbgrader's course, and its rows: the gate's two, and a third."""
    target = tmp_path_factory.mktemp("nbgrader") / "course"
    copy = target.with_name("copy")
    rows = {}
    grade = nbgrader.grade

    def grade_three(course, sources, submitted):
        submitted["half"] = half_right(submitted["untouched"])
        rows.update(grade(course, sources, submitted))
        course.rename(copy)
        return rows

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nbgrader, "grade", grade_three)
        write_handout("nbgrader", target)
    return target, copy, rows


def read(path):
    return nbformat.read(path, as_version=4)


def test_students_get_the_stubs_as_they_are_and_no_answer(graded):
    _, course, _ = graded
    released = read(course / "release" / ASSIGNMENT)
    original = read(NOTEBOOK)
    stubs = {name: cell.source.strip() for name, cell in exercise_cells(original).items()}
    assert {n: c.source.strip() for n, c in exercise_cells(released).items()} == stubs
    text = (course / "release" / ASSIGNMENT).read_text(encoding="utf-8")
    assert [answer for answer in Sources(LESSON).answers() if answer in text] == []
    assert "HIDDEN" not in text


def test_right_untouched_and_half_right_notebooks_get_what_they_are_worth(graded, tmp_path):
    _, course, rows = graded
    half = half_right(read(NOTEBOOK))
    expected = points_in_the_sandbox(half, tmp_path / NOTEBOOK.name)
    assert 10 < sum(expected.values()) < 35
    earned = {name: float(row["score"]) for name, row in rows.items()}
    assert earned == {"key": 100, "untouched": 0, "half": sum(expected.values())}
    assert {row["max_score"] for row in rows.values()} == {"100.0"}
    cells = read(course / "autograded/half" / ASSIGNMENT).cells
    shown = {c.metadata.nbgrader.grade_id: c.outputs for c in cells if "nbgrader" in c.metadata}
    for name, points in expected.items():
        *_, value = shown[f"points_{name}"]
        assert value.data["text/plain"] == str(points)
    assert "rounded" in shown["points_quantize_int8"][0].text


def test_figures_are_not_drawn_where_nbgrader_grades(graded):
    cells = read(graded[1] / "autograded/key" / ASSIGNMENT).cells
    drawn = [c.source for c in cells if c.cell_type == "code" and "experiments." in c.source]
    ran = [c.source for c in cells if c.cell_type == "code" and c.execution_count]
    assert len(drawn) > 10
    assert {*drawn} & {*ran} == set()
    assert len(ran) > len(exercise_cells(read(NOTEBOOK)))


def test_tinytorch_grades_nbgraders_folder_of_submissions_and_gives_the_same_points(
    graded, tmp_path
):
    page = (graded[0] / "README.md").read_text(encoding="utf-8")
    assert "Grade only students whom you trust" in page
    assert "    tinytorch grade submitted -o results\n" in page
    _, course, rows = graded
    results = tmp_path / "results"
    assert main(["grade", str(course / "submitted"), "-o", str(results)]) == 0
    with (results / "grades.csv").open(encoding="utf-8", newline="") as file:
        ours = {row["student"]: float(row["total"]) for row in csv.DictReader(file)}
    assert ours == {student: float(row["score"]) for student, row in rows.items()}
