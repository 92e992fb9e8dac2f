"""Files become code cells, whatever was done to them."""

import json
from pathlib import Path

import nbformat
import pytest
from grading.submission.cells import read_cells
from grading.submission.notebooks import code, notebook, prose
from samples import FOLDER, KEY

from tinytorch.grading.sandbox.inside.submission.cells import Cell
from tinytorch.lessons import release

LESSON = Path(__file__).parents[3] / "modules" / "15_quantization"


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


def test_45_mb_of_output_are_read(read):
    output = {"output_type": "stream", "name": "stdout", "text": ["\x1b[31m" + "x" * 994] * 45_000}
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
