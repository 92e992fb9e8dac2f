"""The notebook's two files say the same, and are in the state to be handed out."""

import jupytext
import nbformat
import pytest
from lessons.notebook import NOTEBOOK, SCRIPT

TEXT = SCRIPT.read_text(encoding="utf-8")


@pytest.fixture
def notebook():
    return nbformat.read(NOTEBOOK, as_version=4)


def contents(notebook):
    return [(cell.cell_type, cell.source, cell.metadata) for cell in notebook.cells]


def test_both_files_have_the_same_cells(notebook):
    assert contents(jupytext.reads(TEXT, fmt="py:percent")) == contents(notebook)


def test_the_script_is_what_jupytext_writes_for_the_notebook(notebook):
    assert jupytext.writes(notebook, fmt="py:percent") == TEXT


def test_the_script_survives_the_way_to_a_notebook_and_back():
    there = jupytext.writes(jupytext.reads(TEXT, fmt="py:percent"), fmt="ipynb")
    assert jupytext.writes(jupytext.reads(there, fmt="ipynb"), fmt="py:percent") == TEXT


def test_jupyterlab_knows_that_they_are_a_pair(notebook):
    assert notebook.metadata.jupytext.formats == "ipynb,py:percent"


def test_the_notebook_is_valid_and_its_cells_have_names_of_their_own(notebook):
    nbformat.validate(notebook)
    names = [cell.id for cell in notebook.cells]
    assert len(set(names)) == len(names)


def test_the_notebook_is_handed_out_as_if_it_never_ran(notebook):
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.source for cell in code if cell.outputs or cell.execution_count] == []
    assert [cell.source for cell in code if "execution" in cell.metadata] == []
