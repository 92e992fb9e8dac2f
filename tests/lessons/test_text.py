"""How much there is to read in the notebook, and in what characters."""

import ast
import unicodedata

import nbformat
import pytest
from lessons.notebook import NOTEBOOK

CELLS = nbformat.read(NOTEBOOK, as_version=4).cells
EXERCISES = [cell for cell in CELLS if "exercise" in cell.metadata]


def docstrings(source):
    nodes = ast.walk(ast.parse(source))
    texts = [ast.get_docstring(n) for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    return [text for text in texts if text]


def test_there_are_at_most_5000_words_to_read():
    words = [word for cell in CELLS if cell.cell_type == "markdown" for word in cell.source.split()]
    assert 1000 < len(words) <= 5000


def test_there_are_no_emoji_and_no_drawn_boxes():
    symbols = {c for cell in CELLS for c in cell.source if unicodedata.category(c) == "So"}
    assert symbols == set()


@pytest.mark.parametrize("cell", EXERCISES, ids=lambda cell: cell.metadata["exercise"])
def test_hints_are_opened_and_not_shown_at_once(cell):
    assert [text for text in docstrings(cell.source) if "Hint" in text] == []


def test_every_exercise_in_code_has_a_stub_with_a_docstring():
    stubs = [c for c in EXERCISES if not c.metadata["exercise"].startswith("question")]
    assert len(stubs) == 7
    assert [c.metadata["exercise"] for c in stubs if not docstrings(c.source)] == []
