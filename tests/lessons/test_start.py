"""`tinytorch start` gives a student a notebook, and no edit in it or beside it is lost."""

import json
import subprocess
import sys

import jupytext
import nbformat
import pytest
from lessons.notebook import NOTEBOOK

from tinytorch.lessons import release, start

SCRIPT = NOTEBOOK.with_suffix(".py").name


def cells(path):
    return [(cell.cell_type, cell.source) for cell in nbformat.read(path, as_version=4).cells]


def run(*arguments, cwd):
    command = [sys.executable, "-m", "tinytorch", "start", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_the_notebook_alone_is_written_and_it_is_unpaired(tmp_path):
    path = start(tmp_path / "a" / "b")
    assert [each.name for each in path.parent.iterdir()] == [NOTEBOOK.name]
    assert cells(path) == cells(NOTEBOOK)
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert "jupytext" not in notebook.metadata
    assert notebook.metadata.kernelspec.name == "python3"


def test_nothing_is_ever_written_over(tmp_path):
    path = tmp_path / NOTEBOOK.name
    for content in ("my work", "", path.name):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(FileExistsError, match=r"is there already, and stays as it is"):
            start(tmp_path)
        assert path.read_text(encoding="utf-8") == content
    path.unlink()
    path.symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        start(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == [NOTEBOOK.name]


def test_a_pair_is_written_whole_or_not_at_all(tmp_path):
    (tmp_path / SCRIPT).write_text("my work", encoding="utf-8")
    with pytest.raises(FileExistsError, match=SCRIPT):
        start(tmp_path, paired=True)
    assert [each.name for each in tmp_path.iterdir()] == [SCRIPT]
    notebook = start(tmp_path / "new", paired=True)
    assert notebook.read_bytes() == NOTEBOOK.read_bytes()
    assert (tmp_path / "new" / SCRIPT).read_bytes() == NOTEBOOK.with_suffix(".py").read_bytes()


def test_the_command_starts_here_by_default_and_says_how_to_go_on(tmp_path):
    done = run(cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    name = NOTEBOOK.name
    assert done.stdout == f"{name} is yours. Open it with: jupyter lab {name}\n"
    again = run(cwd=tmp_path)
    assert (again.returncode, again.stdout) == (1, "")
    assert "is there already" in again.stderr
    assert "Traceback" not in again.stderr


def test_what_a_class_gets_is_unpaired_and_without_tests(tmp_path):
    release(tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("test_")]
    assert (
        "jupytext"
        not in json.loads((tmp_path / NOTEBOOK.name).read_text(encoding="utf-8"))["metadata"]
    )
    script = jupytext.read(tmp_path / SCRIPT)
    assert "formats" not in script.metadata.jupytext
    assert [(c.cell_type, c.source) for c in script.cells] == cells(NOTEBOOK)
