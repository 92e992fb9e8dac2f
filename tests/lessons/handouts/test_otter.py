"""The real Otter makes the assignment of what is handed out, and gives the right points."""

import nbformat
import pytest
from lessons.handouts.halves import half_right, points_in_the_sandbox
from lessons.notebook import NOTEBOOK

from tinytorch.lessons.handouts import otter, write_handout
from tinytorch.lessons.handouts.notebooks import Sources, exercise_cells
from tinytorch.lessons.handouts.runners.notebook import require
from tinytorch.lessons.quantization import LESSON


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The handout, what Otter made of it, and its results: the gate's two, and a third."""
    target = tmp_path_factory.mktemp("otter") / "handout"
    copy = target.with_name("copy")
    results = {}
    grade = otter.grade

    def grade_three(work, sources, submitted):
        submitted["half"] = half_right(submitted["untouched"])
        results.update(grade(work, sources, submitted))
        work.rename(copy)
        return results

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(otter, "grade", grade_three)
        write_handout("otter", target)
    return target, copy, results


def read(path):
    return nbformat.read(path, as_version=4)


def test_students_get_the_stubs_as_they_are_and_neither_answers_nor_tests(graded):
    path = graded[1] / "dist" / "student" / NOTEBOOK.name
    stubs = {name: c.source.strip() for name, c in exercise_cells(read(NOTEBOOK)).items()}
    assert {name: c.source.strip() for name, c in exercise_cells(read(path)).items()} == stubs
    text = path.read_text(encoding="utf-8")
    assert [answer for answer in Sources(LESSON).answers() if answer in text] == []
    assert "runners.notebook" not in text
    assert "import otter" not in text


def test_right_untouched_and_half_right_notebooks_get_what_they_are_worth(graded, tmp_path):
    expected = points_in_the_sandbox(half_right(read(NOTEBOOK)), tmp_path / NOTEBOOK.name)
    results = graded[2]
    assert {name: otter.total(each) for name, each in results.items()} == {
        "key": 100,
        "untouched": 0,
        "half": sum(expected.values()),
    }
    tests = {test["name"]: test for test in results["half"]["tests"] if "score" in test}
    assert {name: test["score"] for name, test in tests.items()} == expected
    worth = Sources(LESSON).points()
    assert {name: test["max_score"] for name, test in tests.items()} == worth
    assert "rounded" in tests["quantize_int8"]["output"]


def test_the_library_is_in_the_autograder_that_otter_makes(graded):
    (wheel,) = graded[0].glob("*.whl")
    folder = graded[1] / "dist" / "autograder"
    assert (folder / wheel.name).read_bytes() == wheel.read_bytes()
    assert f"./files/{wheel.name}[learn]" in (folder / "requirements.txt").read_text("utf-8")


def test_the_page_says_that_otter_trusts_submissions_and_what_does_not(graded):
    page = (graded[0] / "README.md").read_text(encoding="utf-8")
    assert "Grade only students whom you trust" in page
    assert "tinytorch grade SUBMISSIONS -o results" in page


def test_a_test_that_fails_says_why_and_one_that_is_unknown_is_an_error():
    namespace = LESSON.reference()
    first, *_ = Sources(LESSON).tests()
    require(first.exercise, first.title, namespace)
    with pytest.raises(ValueError, match="has no test 'another'"):
        require(first.exercise, "another", namespace)
    namespace["choose_qparams"] = namespace["quantize_int8"] = None  # seen, though another passed
    with pytest.raises(AssertionError, match="quantize_int8"):
        require(first.exercise, first.title, namespace)
