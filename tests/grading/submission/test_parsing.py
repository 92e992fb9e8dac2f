"""Cells that do not parse, or that only IPython understands, cost no more than they must."""

import re

import pytest
from grading.submission.cells import answer, chosen, executed, lines

from tinytorch.grading.sandbox.inside.submission.magics import without_magics
from tinytorch.grading.sandbox.inside.submission.parsing import MAX_CELL_LENGTH


def test_a_cell_that_does_not_parse_costs_what_it_defines():
    code = chosen(
        *("x = 1", "def answer(:\n    return helper()", "def other():\n    return x"),
        names=("answer", "other"),
    )
    assert [statement.source.split("(")[0] for statement in code.statements] == [
        "x = 1",
        "def other",
    ]
    assert code.problems == {
        "answer": "code cell 2 (`def answer(:`) does not parse: invalid syntax (line 1)"
    }


@pytest.mark.parametrize(
    "source",
    [
        "answer = (1",
        "answer: int = (1",
        "  \nx, answer = (1",
        "def answer():\n  x = 1\n    y = 2",
        "async def answer(:",
        "class answer\n",
        "class A: pass\nanswer=3\nx = 'open",
        "answer = 1\n\tx = 1",
        "answer = 0777",
        "answer = 1\nreturn = 3",
        "answer = “text”",
        "answer = 1\x00",
        "answer = '\ud800'",
        "answer = " + "(" * 5000,
        "answer = " + "-" * 9000 + "1",
        "answer = " + "-" * 500_000 + "1",
        "answer = a" + ".b" * 100_000,
        "answer = 1" + "+1" * 100_000,
        "answer = " + "lambda:" * 100_000 + "1",
        "answer = f(" * 1_000,
        "answer = " + "1" * 10_000,
        "answer = 1\n" + "".join(" " * depth + "if 1:\n" for depth in range(200)),
    ],
    ids=range(22),
)
def test_whatever_does_not_parse_is_named_in_a_sentence(source):
    code = chosen("", source, "def other(): pass", names=("answer", "other"))
    assert [statement.source for statement in code.statements] == ["def other(): pass"]
    (sentence,) = code.problems.values()
    assert re.match(r"code cell 2( \(`.*`\))? (does not parse|is too long to be read): .", sentence)
    assert len(sentence) < 250
    assert "\n" not in sentence


def test_the_helpers_of_a_cell_that_does_not_parse_are_used_elsewhere():
    broken = (
        "import math\n\n@staticmethod\ndef helper(x):\n    if x:\n        return math.pi\n"
        "    else:\n        return 2\nif math:\n    also = 3\nelse:\n    also = 4\n"
        "def answer(:\n    pass\nbad = helper(\nother = 1\n"
    )
    code = chosen(broken, "def second(): return helper(1) + also + bad + other",
                  names=("answer", "second"))  # fmt: skip
    assert [(statement.line, statement.source.split("\n")[0]) for statement in code.statements] == [
        (1, "import math"), (3, "@staticmethod"), (9, "if math:"), (16, "other = 1"),
        (1, "def second(): return helper(1) + also + bad + other"),
    ]  # fmt: skip
    sentence = "code cell 1 (`import math`) does not parse: invalid syntax (line 13)"
    assert code.problems == {"answer": sentence, "bad": sentence}
    # What an exercise defines counts only if the cell can be run, as in the notebook.
    assert chosen(broken, names=("helper",)).statements == []


def test_a_cell_that_does_not_parse_is_not_searched_without_end():
    code = chosen("a = 1\n" * 100_000 + "answer = (", names=("answer",))
    assert code.statements == []
    assert list(code.problems) == ["answer"]


def test_a_cell_that_is_too_long_is_not_parsed():
    code = chosen("answer = 1\n" + "#" * MAX_CELL_LENGTH, "other = 2", names=("answer", "other"))
    sentence = f"is too long to be read: it has {MAX_CELL_LENGTH + 11:,} characters"
    assert code.problems == {"answer": f"code cell 1 (`answer = 1`) {sentence}"}
    assert len(code.statements) == 1


def test_a_problem_is_over_when_a_later_cell_defines_the_name():
    assert chosen("def answer(", "def answer(): pass").problems == {}
    assert list(chosen("def answer(): pass", "def answer(").problems) == ["answer"]


def test_a_problem_with_a_helper_is_told_and_one_with_anything_else_is_not():
    code = chosen("def helper(:", "def other(:\n    def answer(): pass", "answer = helper")
    assert list(code.problems) == ["helper"]


def test_nesting_that_parses_is_walked_through_however_deep():
    for source in ("answer = needed" + " + 1" * 900, "answer = " + "-" * 900 + "needed",
                   "answer = " + "lambda x=1: " * 300 + "needed",
                   "answer = needed" + "".join(f" if {n} else {n}" for n in range(900)),
                   "if a: pass\n" + "elif a: pass\n" * 800 + "else: answer = needed"):  # fmt: skip
        assert "needed = 1" in lines("needed = 1", source), source[:40]


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\nanswer = 1",
        "!pip install numpy 'unclosed\nanswer = 1",
        "answer = 1\n%timeit answer\n",
        "if True:\n    %cd /tmp\n    answer = 1",
        "?answer\nanswer = 1\nanswer?\nnp.rint??\n%timeit?  # comment",
        "files = !ls *.py\nanswer = 1\nhere = %pwd\nfiles: list = !ls",
        "!ls \\\n  -l (\nanswer = 1",
        "%%time\nanswer = 1",
        "\n%%capture output\n\n%%time\n%matplotlib inline\nanswer = 1",
        "%%prun -s time\nanswer = 1",
        "    %autoreload 2\n    answer = 1",
        "  answer = 1",
        "\tif 1:\n\t\tanswer = 1",
        "await something()\nanswer = 1",
        "async with a as b:\n    pass\nanswer = 1",
        "answer = 1\nreturn 3",
        "get_ipython().run_line_magic('matplotlib', 'inline')\nanswer = 1",
    ],
)
def test_magics_are_tolerated(source):
    code = chosen(source)
    assert code.problems == {}
    assert executed(code)["answer"] == 1
    assert without_magics(source).count("\n") == source.count("\n")


@pytest.mark.parametrize("magic", ["bash", "html", "javascript", "writefile x.txt", "timeit", "!"])
def test_cells_that_do_not_define_anything_are_no_python(magic):
    code = chosen(f"%%{magic}\nanswer = 1\n")
    assert code[:3] == ([], {}, {})
    assert chosen(f"%%{magic}\nfor do done (\nanswer = 1\n").problems == {}


def test_only_a_line_that_starts_a_statement_can_be_a_magic():
    source = (
        "%matplotlib inline\n"
        "text = '''\n%not a magic\nwhat?\n!\"'''\n"
        "x = (7\n%4)  # what?\ny = 7 \\\n%4\nz = '%d?' % 3 # '''\n"
        "s = \"it's\"; t = 'a\\'b'\n"
        "answer = text, x, y, z, s, t"
    )
    expected = ('\n%not a magic\nwhat?\n!"', 3, 3, "3?", "it's", "a'b")
    assert answer(source) == expected


def test_what_is_neither_python_nor_a_magic_does_not_parse():
    assert list(chosen("%matplotlib inline\nanswer = 1 +").problems) == ["answer"]


def test_line_numbers_are_those_of_the_cell_with_its_magics():
    (statement,) = chosen("%%time\n\n!ls \\\n -l\n%cd\nanswer = 1").statements
    assert statement == ("code cell 1", 6, "answer = 1")
