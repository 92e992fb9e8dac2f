"""Files become code cells, whatever was done to them; what is no submission says so."""

import json
import os
import random
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from samples import FOLDER, KEY

from tinytorch.grading.submission import reading as submission
from tinytorch.grading.submission.reading import Cell, UnreadableSubmissionError, read_cells
from tinytorch.lessons import release

LESSON = Path(__file__).parents[3] / "modules" / "15_quantization"


def code(source, **more):
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], **more}


def prose(source):
    return {"cell_type": "markdown", "source": source, "metadata": {}}


def notebook(*cells, **more):
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}


@pytest.fixture
def read(tmp_path):
    """Write a file and read it; gives the sources of its cells."""

    def written_and_read(content, name="x.ipynb"):
        if isinstance(content, dict):
            content = json.dumps(content)
        if isinstance(content, str):
            content = content.encode()
        path = tmp_path / name
        path.write_bytes(content)
        cells = read_cells(path)
        assert [cell.number for cell in cells] == list(range(1, len(cells) + 1))
        return [cell.source for cell in cells]

    return written_and_read


def test_the_lesson_has_the_same_cells_as_a_notebook_and_as_a_script():
    cells = read_cells(LESSON / "15_quantization.ipynb")
    script = read_cells(LESSON / "15_quantization.py")
    assert cells[0].source.startswith("import numpy as np")
    assert [cell.source.strip() for cell in script] == [cell.source.strip() for cell in cells]
    expected = nbformat.read(LESSON / "15_quantization.ipynb", as_version=4).cells
    assert [cell.source for cell in cells] == [c.source for c in expected if c.cell_type == "code"]


def test_a_notebook_that_nbformat_wrote_is_read(read):
    cells = [nbformat.v4.new_code_cell("a = 1\nb = 2"), nbformat.v4.new_raw_cell("raw")]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# title"), *cells])
    assert read(nbformat.writes(made)) == ["a = 1\nb = 2"]


def test_cells_are_numbered_by_their_place_among_code_cells_and_not_by_execution(tmp_path):
    path = tmp_path / "x.ipynb"
    cells = [prose("# text"), code("", execution_count=9), prose("text"), code("b", id="one")]
    path.write_text(json.dumps(notebook(*cells)), encoding="utf-8")
    assert read_cells(path) == [Cell(1, ""), Cell(2, "b")]
    assert read_cells(str(path)) == read_cells(path)


def test_a_source_may_be_a_text_or_a_list_of_lines(read):
    assert read(notebook(code("a\nb"), code(["c\n", "d"]), code([]))) == ["a\nb", "c\nd", ""]


def test_the_names_of_cells_their_metadata_and_what_belongs_to_nothing_change_nothing(read):
    strange = code("a", id=7, metadata={"exercise": "x", "tags": 3}, execution_count="seven")
    assert read(notebook(strange, "no cell", None, 3, {"cell_type": "code"}, code(5))) == [
        *("a", "", "")
    ]
    assert read({"cells": [{"cell_type": "code", "source": ["a", 1, None, "b"]}]}) == ["ab"]


def test_a_notebook_of_format_3_is_read(read):
    cells = [nbformat.v3.new_code_cell("a = 1"), nbformat.v3.new_text_cell("markdown", "text")]
    old = nbformat.v3.new_notebook(worksheets=[nbformat.v3.new_worksheet(cells=cells)])
    text = nbformat.v3.writes_json(old)
    assert '"worksheets"' in text
    assert '"input"' in text
    assert read(text) == ["a = 1"]


@pytest.mark.parametrize("number", [5, 99, "4", None])
def test_a_notebook_of_a_future_format_is_read(read, number):
    assert read(notebook(code("a"), nbformat=number)) == ["a"]


def test_a_byte_order_mark_is_no_part_of_the_code(read):
    assert read(b"\xef\xbb\xbf" + json.dumps(notebook(code("a"))).encode()) == ["a"]
    assert read(b"\xef\xbb\xbfa = 1\n", "x.py") == ["a = 1\n"]
    assert read("a = 1\n".encode("utf-16"), "x.py") == ["a = 1\n"]


def test_text_of_windows_that_is_not_utf_8_is_read(read):
    text = "größe = '5 €'  # “quoted”"
    assert read(text.encode("cp1252"), "x.py") == [text]
    made = json.dumps(notebook(code(text)), ensure_ascii=False)
    assert read(made.encode("cp1252")) == [text]
    assert read(b"a = '\x81'\n", "x.py") == ["a = '\ufffd'\n"]  # undefined in cp1252


def test_text_beyond_ascii_is_utf_8_where_it_can_be(read):
    assert read("scale = 'größe'".encode(), "x.py") == ["scale = 'größe'"]


def test_line_ends_of_windows_and_of_old_macs_become_newlines(read):
    assert read("a\r\nb\rc\n", "x.py") == ["a\nb\nc\n"]
    assert read(notebook(code("a\r\nb"), code(["c\r\n", "d"]))) == ["a\nb", "c\nd"]
    assert read("# %%\r\na\r\n\r\n# %% [markdown]\r\n# b\r\n# %%\r\nc", "x.py") == ["a\n\n", "c"]


def test_a_plain_script_is_one_cell(read):
    text = "import numpy as np\n\n\ndef f():\n\treturn 100 %% 3\n"
    assert read(text, "x.py") == [text]
    assert read(text, "X.TXT") == [text]


def test_a_script_is_cut_at_its_percent_markers(read):
    text = """# ---
# jupyter: header
# ---

# %% [markdown]
# # Title

# %%
a = 1
# %% a title with key="value"
b = 2
# %%time
#%%
c = 3
#  %%% nested
d = 4
# %% more [md]
"text"
# %% [raw]
raw
    # %% indented
"""
    assert read(text, "x.py") == ["a = 1\n", "b = 2\n# %%time\n", "c = 3\n", "d = 4\n"]


def test_code_above_the_first_marker_is_a_cell_and_comments_are_none(read):
    assert read("import math\n# %%\na", "x.py") == ["import math\n", "a"]
    assert read("#!/usr/bin/python\n# coding: utf-8\n\n# %%\na", "x.py") == ["a"]


def test_a_script_that_nbconvert_wrote_is_cut_too(read):
    text = "#!/usr/bin/env python\n# coding: utf-8\n\n# In[1]:\n\n\na\n\n\n# In[ ]:\n\n\nb\n"
    assert [source.strip() for source in read(text, "x.py")] == ["a", "b"]


@pytest.mark.parametrize("name", ["x.ipynb.txt", "x.json", "x", "x.py", "x.IPYNB"])
def test_a_notebook_is_known_by_its_first_brace_whatever_its_name_is(read, name):
    assert read(b"\n " + json.dumps(notebook(code("a"))).encode(), name) == ["a"]


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
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("it was read"))
    with pytest.raises(
        UnreadableSubmissionError, match=r"100 MB; at most 100 MB are read: clear the outputs"
    ):
        read_cells(path)


def test_50_mb_of_output_are_read(read):
    output = {"output_type": "stream", "name": "stdout", "text": ["\x1b[31m" + "x" * 994] * 50_000}
    assert read(notebook(code("a", outputs=[output]), code("b"))) == ["a", "b"]


def test_10000_cells_are_read(read):
    assert len(read(notebook(*[code(f"a = {i}\n" * 10) for i in range(10_000)]))) == 10_000
    assert len(read("# %%\na = 1\n" * 10_000, "x.py")) == 10_000


def test_reading_executes_and_imports_nothing(read, tmp_path):
    evil = f"open({str(tmp_path / 'trace')!r}, 'w'); raise SystemExit\n"
    read(notebook(code(evil)))
    read(evil, "x.py")
    assert not (tmp_path / "trace").exists()


def test_every_submission_of_the_tests_and_every_released_file_is_read(tmp_path):
    paths = [*FOLDER.rglob("*.py"), *release(tmp_path, answer_key=KEY)]
    assert len(paths) > 40
    for path in paths:
        if path.suffix == ".md":
            continue
        assert read_cells(path)
