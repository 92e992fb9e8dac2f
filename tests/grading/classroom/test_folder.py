"""A folder for results belongs to one class and one suite, and says so before anything changes."""

import json

import pytest
from grading.classroom.fake_grades import instead_of_a_sandbox
from grading.submission.finding.trees import make

from tinytorch.grading.classroom import run
from tinytorch.grading.classroom.run import grade_class
from tinytorch.lessons.quantization import LESSON


@pytest.fixture
def graded(monkeypatch):
    return instead_of_a_sandbox(monkeypatch)


@pytest.fixture
def folders(tmp_path, graded):
    """A class of three and its results."""
    students, results = (
        make(tmp_path / "class", "ada.py", "bob.py", "Cai Wu.py"),
        tmp_path / "results",
    )
    grade_class(LESSON, students, results, seed=7)
    graded.clear()
    return students, results


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(match, students, results):
    before = contents(results)
    with pytest.raises(ValueError, match=match):
        grade_class(LESSON, students, results)
    assert contents(results) == before


def test_the_same_class_again_grades_nothing_and_keeps_the_seed(folders, graded):
    students, results = folders
    grade_class(LESSON, students, results)
    assert graded == []
    assert json.loads((results / "run.json").read_text(encoding="utf-8"))["seed"] == 7


@pytest.mark.parametrize("text", ["{", "[]", '{"seed": "x", "suite": ""}', '{"seed": 7}', None])
def test_a_damaged_run_json_is_said_and_regrade_goes_on(folders, graded, text):
    students, results = folders
    if text is None:
        (results / "run.json").unlink()
    else:
        (results / "run.json").write_text(text, encoding="utf-8")
    refused(r"run.json is missing or damaged.*--regrade", students, results)
    grade_class(LESSON, students, results, regrade=True)
    assert sorted(graded) == ["Cai Wu", "ada", "bob"]
    graded.clear()
    grade_class(LESSON, students, results)
    assert graded == []


def test_another_version_of_the_suite_is_said_and_regrade_goes_on(folders, graded, monkeypatch):
    students, results = folders
    run_json = results / "run.json"
    old = json.loads(run_json.read_text(encoding="utf-8"))
    run_json.write_text(json.dumps({**old, "suite": "of last year"}), encoding="utf-8")
    refused(r"another version of the suite.*--regrade", students, results)
    grade_class(LESSON, students, results, regrade=True)
    assert json.loads(run_json.read_text(encoding="utf-8")) == old


def test_another_class_is_said_and_regrade_moves_the_first(folders, graded, tmp_path):
    _, results = folders
    others = make(tmp_path / "others", "dan.py", "eve.py", "ada.py")
    refused(r"another class: of 3 students there, 1 are in this one.*--regrade", others, results)
    sentences = []
    grade_class(LESSON, others, results, regrade=True, warn=sentences.append)
    assert {path.name for path in (results / "students").iterdir()} == {"ada", "dan", "eve"}
    former = {path.name.split("-")[0] for path in (results / "former").iterdir()}
    assert former == {"bob", "Cai_Wu"}
    assert len(sentences) == 1
    assert "bob" in sentences[0]


def test_who_left_is_moved_and_comes_back_and_nothing_is_lost(folders, graded):
    students, results = folders
    (students / "bob.py").unlink()
    (results / "students" / "own notes").mkdir()
    for _ in range(2):
        grade_class(LESSON, students, results)
        make(students, "bob.py")
        grade_class(LESSON, students, results)
        (students / "bob.py").unlink()
    grade_class(LESSON, students, results)
    names = {path.name for path in (results / "former").iterdir()}
    assert names == {"bob", "bob (2)", "bob (3)"}
    assert (results / "students" / "own notes").is_dir()
    assert graded == ["bob", "bob"]


def test_another_attempt_takes_the_place_of_the_first(tmp_path, graded):
    start, results = "Zoë Bø_9_assignsubmission_file_", tmp_path / "results"
    students = make(tmp_path / "class", f"{start}/15_quantization.py")
    grade_class(LESSON, students, results)
    make(students, (f"{start}/15_quantization.ipynb", "{}"))
    grade_class(LESSON, students, results)
    assert graded == ["Zoë Bø", "Zoë Bø"]
    assert len([*(results / "students").iterdir()]) == 1
    assert not (results / "former").exists()


def test_suites_are_compared_and_not_only_their_names(folders, monkeypatch):
    students, results = folders
    monkeypatch.setattr(run, "suite_version", lambda lesson: "edited")
    refused("another version of the suite", students, results)
