"""What `release --students` writes is enough to work with, and holds no answers."""

import importlib
import json
import os
import re
import subprocess
import sys
from zipfile import ZipFile

import nbformat
import pytest
from grading.toy_lesson import LESSON as ELSEWHERE
from lessons.in_jupyter.binder import ANSWER
from lessons.notebook import NOTEBOOK
from samples import KEY

from tinytorch.cli import main
from tinytorch.lessons.handouts import HandoutError, write_handout
from tinytorch.lessons.handouts.gate import Earned, require_no_answers, require_points
from tinytorch.lessons.handouts.notebooks import Sources
from tinytorch.lessons.handouts.students import unpack_wheel
from tinytorch.lessons.quantization import LESSON

SOURCES = Sources(LESSON)
KEY_OF_IT = ELSEWHERE.folder.with_name("answers.py")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder, out of the zip file that an instructor uploads."""
    place = tmp_path_factory.mktemp("students")
    archive = place / "lesson.zip"
    assert main(["release", "--students", str(archive)]) == 0
    with ZipFile(archive) as file:
        file.extractall(place / "unpacked")
    return place / "unpacked"


def test_there_is_the_notebook_alone_the_library_and_a_page_that_names_both(folder):
    (wheel,) = folder.glob("*.whl")
    assert {path.name for path in folder.iterdir()} == {NOTEBOOK.name, wheel.name, "README.md"}
    notebook, original = (
        nbformat.read(path, as_version=4) for path in (folder / NOTEBOOK.name, NOTEBOOK)
    )
    nbformat.validate(notebook)
    assert notebook.cells == original.cells
    assert "jupytext" not in notebook.metadata
    page = (folder / "README.md").read_text(encoding="utf-8")
    installed = set(re.findall(r"pip install ['\"](\S+)['\"]", page))
    assert installed == {f"./{wheel.name}[learn,deploy]", f".\\{wheel.name}[learn,deploy]"}
    assert f"jupyter lab {NOTEBOOK.name}" in page
    assert "clone" not in page


def test_its_page_installs_the_library_from_that_folder(folder, tmp_path):
    page = (folder / "README.md").read_text(encoding="utf-8")
    (argument,) = re.findall(r"bin/pip install '(.+)'", page)
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*command, "--target", tmp_path, argument], cwd=folder, check=True, timeout=60)
    assert (tmp_path / "tinytorch" / "modules" / LESSON.name / NOTEBOOK.name).is_file()


@pytest.mark.parametrize("name", ["students", "nbgrader", "otter", "gradescope", "classroom"])
def test_the_same_sources_give_the_same_files(name, tmp_path):
    built = []
    for folder in (tmp_path / "first", tmp_path / "second"):
        folder.mkdir()
        importlib.import_module(f"tinytorch.lessons.handouts.{name}").build(folder, SOURCES)
        files = [path for path in folder.rglob("*") if path.is_file()]
        built.append({path.relative_to(folder): path.read_bytes() for path in files})
    assert built[0] == built[1]
    assert len(built[0]) > 2


def test_the_answers_are_nowhere_in_it_and_would_be_found(folder, tmp_path):
    answers = SOURCES.answers()
    assert ANSWER in answers
    assert len(answers) > 9
    require_no_answers(folder, answers)
    for answer in answers:
        with ZipFile(tmp_path / "inner.zip", "w", compression=8) as archive:
            archive.writestr("cell.json", json.dumps({"source": f"x\n{answer}"}))
        with ZipFile(tmp_path / "outer.whl", "w", compression=8) as archive:
            archive.write(tmp_path / "inner.zip", "inner.zip")
        (tmp_path / "inner.zip").unlink()
        with pytest.raises(HandoutError, match=r"outer\.whl holds a line of the answer key"):
            require_no_answers(tmp_path, answers)


def test_the_library_in_it_checks_where_nothing_else_of_tinytorch_is(folder, tmp_path):
    unpack_wheel(folder, tmp_path / "library")
    code = (
        "import sys, tinytorch; from pathlib import Path\n"
        "assert Path(tinytorch.__file__).is_relative_to(sys.argv[1]), tinytorch.__file__\n"
        "from tinytorch.lessons import check; print(check().total)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "library"], cwd=tmp_path, capture_output=True,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "library")}, text=True, timeout=60,
    )  # fmt: skip
    assert (done.stdout.strip(), done.stderr) == ("0 of 100", "")


def test_work_is_not_replaced_and_nothing_else_is_written_then(tmp_path):
    (tmp_path / NOTEBOOK.name).write_text("my work", encoding="utf-8")
    with pytest.raises(FileExistsError, match=r"15_quantization\.ipynb: .*somebody's work"):
        write_handout("students", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [NOTEBOOK.name]
    assert (tmp_path / NOTEBOOK.name).read_text(encoding="utf-8") == "my work"


def test_a_key_that_loses_points_is_refused_and_nothing_is_written(tmp_path):
    text = KEY.read_text(encoding="utf-8")
    wrong = text.replace("q5_fp32_values = 512 // 32", "q5_fp32_values = 512 // 8")
    assert wrong != text
    (tmp_path / "key.py").write_text(wrong, encoding="utf-8")
    with pytest.raises(HandoutError, match=r"students: .*key earns 9\d of 100 .* notebook 0;"):
        write_handout("students", tmp_path / "new", answer_key=tmp_path / "key.py")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("earned", [Earned(99, 0, 100), Earned(100, 1, 100), Earned(0, 0, 0)])
def test_all_points_and_none_are_all_that_is_accepted(earned):
    require_points("any", Earned(100, 0, 100))
    with pytest.raises(HandoutError, match="expected all points and 0"):
        require_points("any", earned)


def test_what_cannot_be_handed_out_is_said(tmp_path):
    with pytest.raises(ValueError, match="expected one of students, answer_key"):
        write_handout("teachers", tmp_path)
    with pytest.raises(ValueError, match="comes with tinytorch, not 01_temperatures"):
        write_handout("students", tmp_path, answer_key=KEY_OF_IT, lesson=ELSEWHERE)
