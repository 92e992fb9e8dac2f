"""A class whose grading is stopped goes on from there: nothing is lost, nothing is half-written."""

import errno
import json
import os
import shutil
import signal
import zipfile

import pytest
from grading.classroom.class_runs import (
    FORGETFUL,
    KEY_SOURCE,
    grade,
    rows,
    start,
    wait_for,
    without_seconds,
)

from tinytorch.grading.classroom.run import grade_class
from tinytorch.lessons.quantization import LESSON

STUDENTS = 6  # enough for two of them to be graded, and two more to be at work, before the end


@pytest.fixture(autouse=True)
def interrupts_are_not_ignored():
    """As they are where tests run in the background; the processes that they start inherit it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A class, which no test changes."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(STUDENTS):
        text = f"{FORGETFUL if number % 2 else KEY_SOURCE}\n# {number}\n"
        (folder / f"s{number}.py").write_text(text, encoding="utf-8")
    (folder / "broken.ipynb").write_text("{", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def whole(many, tmp_path_factory):
    """The results of a run that nothing interrupts, which no test changes."""
    results = tmp_path_factory.mktemp("results") / "whole"
    assert grade(many, "-o", results, "--jobs", 1, "--seed", 9)[0] == 0
    return results


@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT"])
def test_an_interrupted_class_goes_on_to_the_same_table(many, whole, tmp_path, how):
    results = tmp_path / "results"
    process = start(many, "-o", results, "--jobs", 2, "--seed", 9)
    wait_for(2, process, results)
    os.kill(process.pid, getattr(signal, how))
    said, _ = process.communicate(timeout=60)
    assert process.returncode == (130 if how == "SIGINT" else -signal.SIGKILL)
    assert ("same command" in said) == (how == "SIGINT")
    partial = rows(results)
    assert len(partial) == STUDENTS + 1
    assert any("not graded yet" in row["reason"] for row in partial.values())
    kept = {path: path.read_bytes() for path in results.glob("students/s*/results.json")}
    assert 2 <= len(kept) < STUDENTS
    assert all(json.loads(content)["score"] for content in kept.values())
    assert grade(many, "-o", results, "--jobs", 2)[0] == 0
    assert {path: path.read_bytes() for path in kept} == kept
    assert without_seconds(results) == without_seconds(whole)


def test_a_full_disk_loses_nothing(many, tmp_path, monkeypatch):
    results, replace, left = tmp_path / "results", os.replace, [STUDENTS]

    def full(source, target):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(OSError, match="No space left"):
            grade_class(LESSON, many, results, jobs=2, seed=1)
    assert len(rows(results)) == STUDENTS + 1
    kept = [path.name for path in results.rglob("*") if path.is_file() and path.name != ".lock"]
    assert len(kept) < STUDENTS + 1
    assert not [name for name in kept if name.startswith(".")]
    tally = grade_class(LESSON, many, results, jobs=2)
    assert str(tally).startswith(f"{STUDENTS + 1} submissions: {STUDENTS} graded")


def test_two_runs_do_not_write_to_the_same_folder(many, tmp_path):
    results = tmp_path / "results"
    process = start(many, "-o", results, "--jobs", 1)
    wait_for(1, process, results)
    status, said = grade(many, "-o", results)
    assert status == 1
    assert f"another run is writing to {results}" in said
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_zip_file_s_run_that_was_killed_leaves_nothing_once_it_has_gone_on(many, tmp_path):
    results, packed = tmp_path / "results", tmp_path / "many.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in many.iterdir():
            archive.write(path, path.name)
    process = start(packed, "-o", results, "--jobs", 1)
    wait_for(1, process, results)
    process.kill()
    process.communicate(timeout=60)
    assert list(results.glob(".unpacked-*"))
    assert grade(packed, "-o", results)[0] == 0
    hidden = [path.name for path in results.rglob(".*")]
    assert hidden == [".lock"]
    assert len(rows(results)) == STUDENTS + 1


def test_a_page_that_is_empty_is_written_again(many, whole, tmp_path):
    results = shutil.copytree(whole, tmp_path / "results")
    page = results / "students/s1/feedback.html"
    before = page.read_text(encoding="utf-8")
    page.write_text("", encoding="utf-8")
    assert grade(many, "-o", results)[0] == 0
    assert page.read_text(encoding="utf-8") == before
