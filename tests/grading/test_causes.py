"""Points that were lost without a mistake in an exercise: the sentence says what happened."""

import json

import pytest
from samples import KEY, grade_file

KEY_SOURCE = KEY.read_text(encoding="utf-8")
LOST = {
    "another lesson's notebook": (
        "import math\ndef area(radius): return math.pi * radius**2\n",
        "quantize_int8", "no cell defines what this lesson asks for: is this another notebook?",
    ),
    "a stub behind the answer": (
        f"{KEY_SOURCE}\n# %%\ndef quantize_int8(tensor):\n    raise NotImplementedError('1')\n",
        "quantize_int8", "defines quantize_int8 once more, as a stub, after code cell 3",
    ),
    "the library's solution": (
        "from tinytorch.perf.quantization import quantize_int8\n",
        "quantize_int8", "the library's own solution is not there when submissions run",
    ),
    "all of the library's solution": (
        "from tinytorch.perf.quantization import *\n",
        "dequantize_int8", "the library's own solution is not there when submissions run",
    ),
    "the library's solution under another name": (
        "import tinytorch.perf.quantization as q\n\nquantize_int8 = q.quantize_int8\n",
        "quantize_int8", "name 'q' is not defined, as `import tinytorch.perf.quantization as q`",
    ),
    "a KeyError that is the student's own": (
        f"{KEY_SOURCE}\n# %%\ndef dequantize_int8(*a):\n    return {{}}['dequantize_int8']\n",
        "dequantize_int8", "raised KeyError at `return {}['dequantize_int8']`",
    ),
    "a name whose statement failed": (
        f"{KEY_SOURCE}\n# %%\nLIMIT = int('x')\ndef dequantize_int8(*a):\n    return LIMIT\n",
        "dequantize_int8",
        "'LIMIT' is not defined, as `LIMIT = int('x')` in code cell 15, line 1 raised ValueError",
    ),
    "a name in a cell that does not parse": (
        f"{KEY_SOURCE}\n# %%\ndef helper(:\n    pass\n"
        "# %%\ndef dequantize_int8(*a):\n    return helper()\n",
        "dequantize_int8", "name 'helper' is not defined: code cell 15 (`def helper(:`) does not",
    ),
}  # fmt: skip


def reasons(report):
    return {score.exercise: score.reason for score in report.scores}


@pytest.mark.parametrize("name", LOST)
def test_the_reason_says_what_happened(sandbox, tmp_path, name):
    source, exercise, reason = LOST[name]
    path = tmp_path / "submission.py"
    path.write_text(source, encoding="utf-8")
    report = grade_file(path, sandbox)
    assert reason in reasons(report)[exercise]
    (score,) = [score for score in report.scores if score.exercise == exercise]
    assert score.status == "failed", "what was not attempted has no reason in the table"


def test_answers_in_cells_of_text_are_found_and_not_executed(sandbox, tmp_path):
    cells = [{"cell_type": "markdown", "source": KEY_SOURCE}, {"cell_type": "code", "source": "1"}]
    path = tmp_path / "submission.ipynb"
    path.write_text(json.dumps({"cells": cells, "nbformat": 4}), encoding="utf-8")
    report = grade_file(path, sandbox)
    assert report.points == 0
    assert "defined in a cell of text (markdown)" in reasons(report)["quantize_int8"]


def test_a_notebook_that_was_not_begun_was_not_attempted(sandbox, tmp_path):
    path = tmp_path / "submission.py"
    path.write_text("def quantize_int8(tensor):\n    raise NotImplementedError\n", encoding="utf-8")
    assert {score.status for score in grade_file(path, sandbox).scores} == {
        "not attempted", "not answered"
    }  # fmt: skip
