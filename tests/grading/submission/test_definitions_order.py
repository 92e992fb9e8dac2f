"""Statements run in an order in which they work; any input comes to an end."""

import warnings

import pytest
from grading.submission.cells import NAMES, answer, chosen, executed, lines, read_cells
from samples import KEY

from tinytorch.core import Tensor
from tinytorch.grading.sandbox.inside.submission.cells import Cell
from tinytorch.grading.sandbox.inside.submission.definitions import definitions


def test_a_class_gets_the_methods_that_a_cell_above_it_gives_it():
    code = (
        "def calibrate(self): return 'calibrated'\nanswer.calibrate = calibrate",
        "class answer(Base):\n    size = LIMIT",
        "from somewhere import Missing\nclass Base: pass\nLIMIT = int(math.sqrt(16))",
        "import math",
    )
    made = answer(*code)
    assert made().calibrate() == "calibrated"
    assert made.size == 4
    assert answer(*code[::-1])().calibrate() == "calibrated"


def test_a_statement_waits_for_nothing_that_functions_read_later():
    code = ("def answer(): return helper()", "def helper(): return 3")
    assert lines(*code) == ["def answer(): return helper()", "def helper(): return 3"]


def test_a_statement_does_not_wait_for_names_that_are_bound_already():
    code = ("x = 1", "answer = x", "x = 2", "sum = max", "other = sum")
    assert answer(*code) == 1
    assert answer("answer = sum([3, 4])", "def sum(values): return 5") == 7
    code = ("n = 1 if True else n", "m = 2", "answer = n, m")
    assert lines(*code) == list(code)


def test_what_comes_in_a_wrong_order_runs_again_until_that_helps_nothing():
    chain = [f"x{n} = x{n + 1}" for n in range(50)]
    assert answer("answer = x0", *chain, "x50 = 3") == 3
    assert answer("a = b\nb = a", "c = a", "a = 1", "answer = c") == 1
    errors = executed(chosen("answer = a", "b = a", "a = b"))["errors"]
    assert [(error["cell"], error["type"]) for error in errors] == [
        *(("code cell 1", "NameError"), ("code cell 2", "NameError"), ("code cell 3", "NameError"))
    ]


def test_what_raised_something_else_does_not_run_again():
    code = ("calls = []", "answer = calls.append(1) or 1 / 0", "later = missing")
    made = executed(chosen(*code, names=("calls", "answer", "later")))
    assert made["calls"] == [1]
    assert [error["type"] for error in made["errors"]] == ["ZeroDivisionError", "NameError"]


def test_what_adds_to_a_name_waits_for_it():
    assert answer("answer += 1", "answer = 1") == 2


def test_what_a_star_import_may_bind_is_waited_for():
    assert answer("answer = float32(3)", "from numpy import *") == 3
    assert answer("def sqrt(x): return 5", "from math import *", "answer = sqrt(9)") == 3


def test_imports_may_come_last():
    made = "def make():\n    return math.floor(sqrt(4.5))"
    assert answer("answer = make()", made, "import math", "from math import sqrt") == 2
    assert answer("from math import pi as answer", "def answer(): pass") is not None


def test_the_same_import_may_be_there_many_times():
    code = ("import numpy as np", "answer = make()", "import numpy as np", "make = lambda: np.pi")
    assert answer(*code) > 3


def test_statements_stay_in_the_order_of_the_file():
    waiting = [f"w{i} = {chr(97 + i % 7)}" for i in range(30)]
    code = chosen("\n".join([*waiting, "a, b, c, d, e, f, g = range(7)"]), names=["w3", "w20"])
    assert [statement.line for statement in code.statements] == [4, 21, 31]


def test_annotations_stay_text_where_the_future_is_imported():
    code = ("from __future__ import annotations", "def answer(x: Later) -> Never: pass")
    assert executed(chosen(*code))["errors"] == []
    assert answer(*code).__annotations__ == {"x": "Later", "return": "Never"}
    assert answer(code[1]) is None
    late = "class Later: pass\nclass Never: pass"
    assert answer(code[1], late).__annotations__["x"].__name__ == "Later"
    text = "\n".join(code)
    assert answer(text) is not None
    assert answer(code[1], "if:", code[0]) is not None  # in any order


def test_a_main_block_is_chosen_only_if_it_defines_something():
    block = "if __name__ == '__main__':\n    {}"
    assert answer(block.format("answer = 3")) == 3
    assert lines("answer = 3", block.format("check()\n    x = answer")) == ["answer = 3"]


def test_plots_and_libraries_that_are_not_there_cost_nothing():
    code = (
        "import matplotlib.pyplot as plt\nimport not_there\nfrom not_there import *",
        "plt.style.use('dark')\nplt.rcParams['figure.dpi'] = 90",
        "def answer():\n    return 3",
        "def show(x):\n    plt.plot(answer(), x)",
    )
    assert lines(*code) == ["from not_there import *", "def answer():"]
    assert answer(*code)() == 3


def test_warnings_of_the_parser_cost_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        code = chosen("answer = '\\d' is 3")
    assert len(code.statements) == 1
    assert code.problems == {}


def test_finding_definitions_executes_nothing(tmp_path):
    trace = tmp_path / "trace"
    evil = f"open({str(trace)!r}, 'w')"
    chosen(f"answer = {evil}\n@{evil}\ndef answer(x={evil}): pass\nclass answer({evil}): pass")
    assert not trace.exists()


def test_no_cells_and_no_names_are_fine():
    assert chosen()[:3] == ([], {}, {})
    assert chosen("answer = 1", names=()) == ([], {}, {}, {})
    assert chosen("", "\n \n", "# comment").statements == []


def test_10000_cells_are_no_obstacle():
    cells = [
        Cell(n, "".join(f"x{n}_{i} = answer(Tensor([{i}]))\n" for i in range(2)))
        for n in range(1, 10_000)
    ]
    assert (
        len(definitions([*cells, Cell(10_000, "def answer(x): pass")], ["answer"]).statements) == 1
    )


@pytest.mark.parametrize(
    "source",
    [
        "\n".join(f"x{i} = x{i + 1}" for i in range(20_000)) + "\nx20000 = 1\nanswer = x0",
        "answer = [" + ", ".join(f"x{i}" for i in range(20_000)) + "]\n"
        + "\n".join(f"x{i} = 1" for i in range(20_000)),
        "answer = 'é';" * 40_000,
        "%x\n" * 200_000 + "answer = 1",
        "%%time\n" * 100_000 + "answer = 1",
        "%x\n'''" + "\\'''" * 200_000,
        "%x\n" + "'''a'''\n" * 50_000 + "answer = 1",
        "%x\nanswer = 1\n" + "a" * 900_000 + " !",
        "%x\nanswer = 1\n" + "a," * 400_000 + " !",
        "%x\nanswer = 1\n" + " \n" * 400_000 + "!",
        "answer = 1\n(" + "a = 1\n" * 100_000,
    ],
    ids=range(11),
)  # fmt: skip
def test_hostile_cells_come_to_an_end(source):
    chosen(source)


def test_the_key_works_on_what_was_executed():
    code = definitions(read_cells(KEY), ["quantize_int8"])
    codes, _, _ = executed(code)["quantize_int8"](Tensor([-1.0, 0.0, 2.5, 3.0]))
    assert codes.data.tolist() == [-128, -64, 95, 127]
    assert "QuantizedLinear" not in executed(code)


def test_cells_and_names_may_be_any_iterables():
    assert definitions(iter(read_cells(KEY)), iter(NAMES)).problems == {}
