"""A second lesson needs no line in the grader: it is released, checked and graded."""

import os
from pathlib import Path

import nbformat
import pytest
from grading.classroom.class_runs import grade, rows
from grading.toy_lesson import LESSON
from lessons.notebook import execute

from tinytorch.grading.runner import grade_file
from tinytorch.grading.sandbox.sandbox import Sandbox
from tinytorch.lessons import release

ANSWERS = LESSON.folder.with_name("answers.py")
WRONG = """
def to_fahrenheit(celsius):
    return Tensor(celsius.data * 9 / 5 - 32)
"""


@pytest.fixture(autouse=True)
def lesson_can_be_imported(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))


@pytest.fixture
def solved(tmp_path):
    release(tmp_path / "solved", answer_key=ANSWERS, lesson=LESSON)
    return tmp_path / "solved" / "01_temperatures.ipynb"


def test_the_lesson_is_released_without_the_answers(tmp_path):
    written = [path.name for path in release(tmp_path, lesson=LESSON)]
    assert written == ["01_temperatures.ipynb", "01_temperatures.py", "README.md"]
    assert "9 / 5" not in (tmp_path / "01_temperatures.py").read_text(encoding="utf-8")


def test_its_notebook_is_checked(solved, tmp_path):
    release(tmp_path / "untouched", lesson=LESSON)
    paths = [solved, tmp_path / "untouched" / solved.name]
    for path, points in zip(paths, ("100", "0"), strict=True):
        last = execute(path, dict(os.environ)).cells[-1]
        (output,) = last.outputs
        assert f"{points} of 100" in " ".join(output["data"]["text/plain"].split())


def test_the_library_earns_all_points_and_a_mistake_costs_points_once(solved):
    with Sandbox() as sandbox:
        assert grade_file(LESSON, solved, sandbox).points == 100
        notebook = nbformat.read(solved, as_version=4)
        notebook.cells.append(nbformat.v4.new_code_cell(WRONG))
        nbformat.write(notebook, solved)
        report = grade_file(LESSON, solved, sandbox)
    assert [(score.exercise, score.points) for score in report.scores] == [
        *(("to_fahrenheit", 0), ("warmest", 40))
    ]
    assert report.scores[0].reason == "water freezes at -32 and boils at 148"


def test_a_class_is_graded(solved, tmp_path):
    submitted, results = tmp_path / "class", tmp_path / "results"
    submitted.mkdir()
    right = solved.with_suffix(".py").read_text(encoding="utf-8")
    (submitted / "ada.py").write_text(right, encoding="utf-8")
    (submitted / "bob.py").write_text(f"{right}\n# %%{WRONG}", encoding="utf-8")
    status, said = grade(submitted, "-o", results, "--lesson", "grading.toy_lesson:LESSON")
    assert status == 0, said
    graded = {
        name: (row["to_fahrenheit"], row["warmest"], row["total"])
        for name, row in rows(results).items()
    }
    assert graded == {"ada": ("60", "40", "100"), "bob": ("0", "40", "40")}
    page = (results / "students/bob/feedback.html").read_text(encoding="utf-8")
    assert "temperatures" in page
    assert "water freezes at -32" in page
