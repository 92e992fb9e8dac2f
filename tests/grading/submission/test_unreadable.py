"""What is not a submission says so in one sentence, and is survived."""

import json
import os
import random
import shutil
import sys
from pathlib import Path

import pytest
from grading.submission.cells import read_cells
from grading.submission.notebooks import code, notebook, prose

from tinytorch.grading.sandbox.inside.submission.cells import Cell, UnreadableSubmissionError
from tinytorch.grading.submission import reading as submission

LESSON = Path(__file__).parents[3] / "modules" / "15_quantization"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \r\n\t\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"hello", "not JSON at line 1"),
        (b'{"cells": [\n{"cell_type": "code", "sour', r"not JSON at line 2 \(Unterminated"),
        (b'{"cells": [', r"not JSON at line 1 \(Expecting value"),
        (b"<!DOCTYPE html>\n<html>", "web page"),
        (b"\x00" * 100, "not JSON"),
        (b"\x89PNG\r\n\x1a\n\x00", "not JSON"),
        (b"\xff\xfe\x00", "not a notebook|no code cells"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 200_000, "nested too deeply"),
        (b"[1, 2]", "no code cells"),
        (b"null", "no code cells"),
        (b'"text"', "no code cells"),
        (b"NaN", "no code cells"),
        (b"{}", "no code cells"),
        (b'{"cells": {"a": 1}, "worksheets": 7}', "no code cells"),
        (b'{"worksheets": [7, {"cells": 7}]}', "no code cells"),
        (json.dumps(notebook(prose("# only text"))).encode(), "no code cells"),
        (
            json.dumps(notebook(code("x" * 5_000_001))).encode(),
            "5,000,001 characters; at most 5,000,000",
        ),
        (b'{"a":' + b"9" * 2_000_000 + b"}", "no code cells"),
    ],
    ids=range(22),
)
def test_what_is_not_a_notebook_says_why_in_one_sentence(read, content, message):
    with pytest.raises(UnreadableSubmissionError, match=message) as caught:
        read(content)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("name", ["x.pdf", "x.docx", "x", "x.ipynb.zip", ".ipynb_checkpoints"])
def test_a_file_of_another_kind_is_not_taken_for_a_script(read, name):
    with pytest.raises(UnreadableSubmissionError, match="neither a notebook"):
        read("a = 1", name)


def test_a_script_of_prose_alone_has_no_cells(read):
    with pytest.raises(UnreadableSubmissionError, match="no code cells"):
        read("# %% [markdown]\n# text\n", "x.py")


def test_every_truncated_notebook_is_survived(tmp_path):
    content = json.dumps(notebook(code("größe = 1\n"), prose("text"), code(["a\n", "b"]))).encode()
    path = tmp_path / "x.ipynb"
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(UnreadableSubmissionError):
            read_cells(path)


def test_every_changed_byte_is_survived(tmp_path):
    content = bytearray(json.dumps(notebook(code(["a = 1\n", "b"], id="x"), code("c"))).encode())
    path, rng, outcomes = tmp_path / "x.ipynb", random.Random(0), set()
    for place in range(len(content)):
        changed = content.copy()
        changed[place] = rng.randrange(256)
        path.write_bytes(changed)
        try:
            outcomes.add(len(read_cells(path)))
        except UnreadableSubmissionError:
            outcomes.add("refused")
    assert outcomes == {"refused", 1, 2}


def test_a_folder_with_the_name_of_a_notebook_is_refused(tmp_path):
    (tmp_path / "x.ipynb").mkdir()
    with pytest.raises(UnreadableSubmissionError, match="this is a folder"):
        read_cells(tmp_path / "x.ipynb")


@pytest.mark.parametrize(
    "name", ["missing.ipynb", "missing/x.ipynb", "null\0byte.ipynb", "x" * 999]
)
def test_a_file_that_cannot_be_opened_is_refused(tmp_path, name):
    with pytest.raises(UnreadableSubmissionError, match="cannot be opened"):
        read_cells(tmp_path / name)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "x.ipynb")
    with pytest.raises(UnreadableSubmissionError, match="a device or a pipe"):
        read_cells(tmp_path / "x.ipynb")


@pytest.fixture
def linked(tmp_path):
    """Reads a link in a student's folder."""
    folder = tmp_path / "student"
    folder.mkdir()
    shutil.copy(LESSON / "15_quantization.py", tmp_path / "outside.py")
    (folder / "inside.py").write_text("a = 1", encoding="utf-8")

    def read_link(target):
        link = folder / "link.py"
        try:
            link.symlink_to(target)
        except OSError as error:  # Windows asks for a privilege
            pytest.skip(f"no links here: {error}")
        return read_cells(link)

    return read_link


def test_a_link_inside_its_own_folder_is_followed(linked):
    assert linked("inside.py") == [Cell(1, "a = 1")]


@pytest.mark.parametrize("target", ["../outside.py", "../../../../../../etc/passwd", "/dev/zero"])
def test_a_link_out_of_the_folder_is_refused(linked, target):
    with pytest.raises(UnreadableSubmissionError, match=r"outside of its folder|cannot be opened"):
        linked(target)


def test_a_link_with_an_absolute_target_outside_is_refused(linked, tmp_path):
    with pytest.raises(UnreadableSubmissionError, match="outside of its folder"):
        linked(tmp_path / "outside.py")


def test_a_link_through_a_folder_that_is_a_link_is_refused(linked, tmp_path):
    (tmp_path / "student" / "sub").symlink_to(tmp_path)
    with pytest.raises(UnreadableSubmissionError, match="outside of its folder"):
        linked("sub/outside.py")


@pytest.mark.parametrize("target", ["link.py", "nothing.py"])
def test_a_link_to_itself_or_to_nothing_is_refused(linked, target):
    with pytest.raises(UnreadableSubmissionError, match="cannot be opened"):
        linked(target)


def test_a_file_that_is_too_large_is_not_opened(tmp_path, monkeypatch):
    path = tmp_path / "x.ipynb"
    with path.open("wb") as file:
        file.truncate(submission.MAX_FILE_BYTES + 1)
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("it was read"))
    with pytest.raises(
        UnreadableSubmissionError, match=r"60 MB; at most 60 MB are read: clear the outputs"
    ):
        read_cells(path)
