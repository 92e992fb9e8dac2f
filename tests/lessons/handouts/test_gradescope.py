"""The autograder's scripts, in Gradescope's layout of folders: there is always a result."""

import nbformat
import pytest
from lessons.handouts.halves import half_right, points_in_the_sandbox
from lessons.handouts.machine import Machine, require_namespaces
from lessons.notebook import NOTEBOOK

from tinytorch.cli import main
from tinytorch.lessons.handouts.notebooks import Sources
from tinytorch.lessons.quantization import LESSON

UNTOUCHED = Sources(LESSON).untouched()


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A machine on which setup.sh has run."""
    require_namespaces()
    folder = tmp_path_factory.mktemp("gradescope")
    archive = folder / "autograder.zip"
    assert main(["release", "--gradescope", str(archive)]) == 0
    machine = Machine(folder / "machine", archive)
    done = machine.run("/autograder/source/setup.sh")
    assert done.returncode == 0, done.stderr
    return machine


def files(notebook):
    return {NOTEBOOK.name: nbformat.writes(notebook)}


def test_setup_asks_for_bubblewrap_and_installs_the_library_of_the_zip_file(machine):
    asked = (machine.autograder / "asked_of_apt").read_text(encoding="utf-8").split("\n")
    assert "install -qy bubblewrap" in asked
    assert list(machine.autograder.glob("source/venv/lib/python3*/site-packages/tinytorch"))


def test_right_untouched_and_half_right_notebooks_get_what_they_are_worth(machine, tmp_path):
    half = half_right(UNTOUCHED)
    expected = points_in_the_sandbox(half, tmp_path / NOTEBOOK.name)
    results = machine.results(files(half))
    assert results["score"] == sum(expected.values())
    assert "bubblewrap" in results["output"]  # where it works, and where it does not
    assert any("rounded" in test["output"] for test in results["tests"])
    assert machine.results(files(Sources(LESSON).answered(UNTOUCHED)))["score"] == 100
    assert machine.results(files(UNTOUCHED))["score"] == 0


def test_without_bubblewrap_the_result_says_what_took_its_place(machine):
    results = machine.results(files(half_right(UNTOUCHED)), bubblewrap=False)
    assert results["score"] > 10
    assert "in a process of its own, as bubblewrap does not work here" in results["output"]
    assert "Not enforced here: " in results["output"]
    assert "install the package bubblewrap" in results["output"]


@pytest.mark.parametrize(
    ("submitted", "reason"),
    [
        ({}, "no notebook and no script"),
        ({"essay.pdf": "words"}, "no notebook and no script"),
        ({NOTEBOOK.name: "words"}, "it is not JSON"),
        ({"a.py": "x = 1", "b.py": "x = 1"}, "expected one notebook, got a.py, b.py"),
    ],
    ids=["nothing", "another kind", "damaged", "two"],
)
def test_what_cannot_be_graded_is_said(machine, submitted, reason):
    results = machine.results(submitted)
    assert (results["score"], results["tests"]) == (0, [])
    assert results["output"].startswith("This could not be graded: ")
    assert reason in results["output"]


@pytest.mark.parametrize(
    ("python", "reason"),
    [
        ("#!/bin/sh\necho 'No module named \"x\"\\n' >&2\nexit 1\n", "No module named  x "),
        ("#!/bin/sh\nkill -9 $PPID\n", "stopped before it had finished"),
        (None, "No such file"),
    ],
    ids=["fails", "is killed", "is missing"],
)
def test_when_the_autograder_fails_there_is_a_result_that_says_so(machine, python, reason):
    program = machine.autograder / "source" / "venv" / "bin" / "python"
    kept = program.rename(program.with_name("kept"))
    try:
        if python is not None:
            program.write_text(python, encoding="utf-8")
            program.chmod(0o755)
        machine.run("/autograder/run_autograder")
        results = machine.results_that_are_there()
    finally:
        kept.replace(program)
    assert (results["score"], results["tests"]) == (0, [])
    assert results["output"].startswith("The autograder failed, which says nothing about your work")
    assert reason in results["output"]
