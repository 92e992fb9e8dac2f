"""`release` hands out the lesson and never destroys somebody's work."""

import nbformat
import pytest
from lessons.notebook import NOTEBOOK, answers, exercise_index
from samples import KEY

from tinytorch.lessons import release
from tinytorch.lessons.quantization import LESSON
from tinytorch.lessons.release import handout

NAMES = {NOTEBOOK.name, "15_quantization.py", "README.md"}


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_the_lessons_files_are_written_as_they_are(tmp_path):
    written = release(tmp_path / "new" / "folder")
    assert {path.name for path in written} == NAMES
    assert contents(tmp_path / "new" / "folder") == handout(LESSON)
    assert set(handout(LESSON)) == NAMES
    readme = NOTEBOOK.with_name("README.md").read_bytes()
    assert (tmp_path / "new" / "folder" / "README.md").read_bytes() == readme


def test_the_same_files_are_written_again_without_complaint(tmp_path):
    assert release(tmp_path) == release(tmp_path)


def test_work_is_not_replaced_and_nothing_else_is_written_then(tmp_path):
    (tmp_path / NOTEBOOK.name).write_text("my work", encoding="utf-8")
    with pytest.raises(FileExistsError, match=r"15_quantization\.ipynb.*somebody's work"):
        release(tmp_path)
    assert contents(tmp_path) == {NOTEBOOK.name: b"my work"}


def test_answers_do_not_replace_work_either(tmp_path):
    release(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(FileExistsError, match=r"15_quantization\.ipynb, 15_quantization\.py"):
        release(tmp_path, answer_key=KEY)
    assert contents(tmp_path) == before


def test_who_asks_to_overwrite_gets_the_lessons_files(tmp_path):
    (tmp_path / NOTEBOOK.name).write_text("my work", encoding="utf-8")
    release(tmp_path, overwrite=True)
    assert (tmp_path / NOTEBOOK.name).read_bytes() == handout(LESSON)[NOTEBOOK.name]


def test_with_a_key_the_exercise_cells_have_its_source_and_all_others_their_own(tmp_path):
    release(tmp_path, answer_key=KEY)
    filled = nbformat.read(tmp_path / NOTEBOOK.name, as_version=4)
    expected = nbformat.read(NOTEBOOK, as_version=4)
    for exercise, source in answers().items():
        expected.cells[exercise_index(expected, exercise)].source = source
    assert filled.cells == expected.cells
    script = (tmp_path / NOTEBOOK.name).with_suffix(".py").read_text(encoding="utf-8")
    assert all(source in script for source in answers().values())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('exercise="question 3"', "", r"lacks \['question 3'\]"),
        ('exercise="calibrate"', 'exercise="calibration"', r"has \['calibration'\], which are no"),
    ],
)
def test_a_key_with_other_exercises_is_refused_and_nothing_is_written(tmp_path, old, new, message):
    key = tmp_path / "key.py"
    text = KEY.read_text(encoding="utf-8")
    assert old in text
    key.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        release(tmp_path / "lesson", answer_key=key)
    assert not (tmp_path / "lesson").exists()
