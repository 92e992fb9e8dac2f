"""Whatever lies in a lesson's folder or beside a submission, pytest imports none of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from samples import KEY

from tinytorch.lessons.quantization import LESSON

MARK = "from pathlib import Path\nPath({trace!r}).touch()\n"
TEST = "def test_planted(): pass\n"
# Everything that pytest would import if it were anywhere else.
PLANTED = ("conftest.py", "alice.py", "15_quantization.py", "test_planted.py")
BELOW = ("below/conftest.py", "below/test_below.py")


def copy_lesson(folder):
    """All of the lesson's files, the suite too."""
    shutil.copytree(LESSON.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))


@pytest.fixture
def planted(tmp_path):
    """A lesson's folder in which everything else leaves a trace if it is imported."""
    folder, trace = tmp_path / "modules" / "lesson", tmp_path / "trace"
    copy_lesson(folder)
    for name in (*PLANTED, *BELOW):
        (folder / name).parent.mkdir(exist_ok=True)
        source = KEY.read_text(encoding="utf-8") if name == "alice.py" else TEST
        (folder / name).write_text(MARK.format(trace=str(trace)) + source, encoding="utf-8")
    return folder, trace


def run(folder, *arguments):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--doctest-modules"]
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    done = subprocess.run(
        [*command, *map(str, arguments)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("where", ["inside", "outside", "above"])
def test_a_submission_in_the_lesson_s_folder_runs_in_the_sandbox_alone(planted, tmp_path, where):
    folder, trace = planted
    submission = folder / "alice.py"
    arguments = {
        "inside": (folder, ".", "--submission", "alice.py"),
        "outside": (tmp_path, folder, "--submission", submission),
        "above": (tmp_path, "modules", "--submission", submission),
    }[where]
    said = run(*arguments)
    assert "100 of 100  total" in said
    assert "planted" not in said
    assert not trace.exists()


@pytest.mark.parametrize("where", ["outside", "above"])
def test_the_library_is_graded_without_what_lies_beside_the_suite(planted, tmp_path, where):
    folder, trace = planted
    arguments = {"outside": (tmp_path, folder), "above": (tmp_path, ".")}
    said = run(*arguments[where])
    assert ("100 of 100  total" in said) == (where != "above")
    assert not trace.exists()


def test_a_suite_that_lies_beside_a_submission_has_to_be_the_lesson_s_own(planted, tmp_path):
    folder, trace = planted
    suite = folder / "test_15_quantization.py"
    suite.write_text(MARK.format(trace=str(trace)) + TEST, encoding="utf-8")
    said = run(tmp_path, folder, "--submission", folder / "alice.py")
    assert "there are no graded tests here" in said
    assert not trace.exists()


def test_what_lies_beside_a_submission_elsewhere_is_not_imported_either(planted, tmp_path):
    folder, trace = planted
    handed_in = tmp_path / "class"
    shutil.copytree(folder, handed_in)
    (handed_in / "test_15_quantization.py").unlink()
    copy_lesson(tmp_path / "own")
    said = run(handed_in, tmp_path / "own", ".", "--submission", "alice.py")
    assert "100 of 100  total" in said
    assert not trace.exists()


@pytest.mark.parametrize(
    "arguments", [("alice.py",), (".", "-o", "../results")], ids=["file", "class"]
)
def test_grade_imports_nothing_of_the_folder_that_it_starts_in(planted, arguments):
    folder, trace = planted
    program = Path(sys.executable).with_name("tinytorch")
    done = subprocess.run(
        [program, "grade", *arguments], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert not trace.exists()


SHADOWS = ("numpy.py", "csv.py", "tqdm.py", "jinja2.py", "site.py", "dataclasses.py")


@pytest.fixture
def shadowed(planted):
    """A folder with files that have the names of libraries, and leave a trace if imported."""
    folder, trace = planted
    for name in SHADOWS:
        (folder / name).write_text(MARK.format(trace=str(trace)), encoding="utf-8")
    return folder, trace


@pytest.mark.parametrize(
    "arguments",
    [("grade", "alice.py"), ("grade", "below", "-o", "../results"), ("--version",)],
    ids=["file", "class", "version"],
)
def test_python_m_tinytorch_imports_no_library_of_the_folder_that_it_starts_in(shadowed, arguments):
    folder, trace = shadowed
    command = [sys.executable, "-m", "tinytorch", *arguments]
    environment = {**os.environ, "PYTHONPATH": ""}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert not trace.exists()


def test_pytest_imports_no_library_of_the_folder_that_it_starts_in(shadowed, tmp_path):
    folder, trace = shadowed
    copy_lesson(tmp_path / "own")
    program = Path(sys.executable).with_name("pytest")
    command = [program, tmp_path / "own", "--submission", "alice.py", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert "100 of 100  total" in done.stdout
    assert not trace.exists()


@pytest.mark.parametrize("where", [".", ".."])
@pytest.mark.parametrize("name", ["pytest.ini", "tox.ini", "pyproject.toml"])
def test_no_configuration_is_taken_from_the_folder_that_is_graded(planted, tmp_path, where, name):
    folder, trace = planted
    copy_lesson(tmp_path / "own")
    section = "[tool.pytest.ini_options]" if name == "pyproject.toml" else "[pytest]"
    (folder / where / name).write_text(f"{section}\naddopts = '-k nothing'\n", encoding="utf-8")
    program = Path(sys.executable).with_name("pytest")
    for arguments in (["."], [tmp_path / "own"]):
        command = [program, *arguments, "--submission", folder / "alice.py"]
        done = subprocess.run(command, cwd=folder / where, capture_output=True, text=True)
        assert "is not obeyed; use the command `tinytorch grade`" in done.stderr, done.stdout
        assert done.returncode == 4
        assert not trace.exists()
