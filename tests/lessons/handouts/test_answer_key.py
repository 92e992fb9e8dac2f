"""The executed answer key, of a lesson whose notebook takes a second; see also test_notebook.py."""

from pathlib import Path

import nbformat
import pytest
from grading.toy_lesson import LESSON

from tinytorch.lessons.handouts import HandoutError, write_handout

ANSWERS = LESSON.folder.with_name("answers.py")


@pytest.fixture(autouse=True)
def lesson_can_be_imported(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))


def test_a_lesson_from_elsewhere_has_a_key_with_outputs_as_notebook_and_page(tmp_path):
    paths = write_handout("answer_key", tmp_path, answer_key=ANSWERS, lesson=LESSON)
    assert {path.suffix for path in paths} == {".html", ".ipynb", ".py", ".md"}
    cells = nbformat.read(tmp_path / "01_temperatures.ipynb", as_version=4).cells
    assert "100 of 100" in cells[-1].outputs[0].data["text/plain"]
    assert "100 of 100" in (tmp_path / "01_temperatures.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("* 9 / 5 - 32)", "answer_key: .* earns 40 of 100 points and the untouched notebook 0"),
        ("* 9 / 5 + 32)\n\n1 / 0", "the answers raise an error:(.|\n)*ZeroDivisionError"),
    ],
    ids=["wrong", "raises"],
)
def test_a_key_that_loses_points_or_raises_is_refused(tmp_path, answer, message):
    key = tmp_path / "key.py"
    text = ANSWERS.read_text(encoding="utf-8")
    assert "* 9 / 5 + 32)" in text
    key.write_text(text.replace("* 9 / 5 + 32)", answer), encoding="utf-8")
    with pytest.raises(HandoutError, match=message):
        write_handout("answer_key", tmp_path / "new", answer_key=key, lesson=LESSON)
    assert not (tmp_path / "new").exists()


def test_without_a_key_it_says_what_to_give(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"--answer-key KEY\.py"):
        write_handout("answer_key", tmp_path, lesson=LESSON)
