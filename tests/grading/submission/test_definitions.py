"""From the cells of a submission, what defines the answers is chosen, and nothing else."""

import pytest
from grading.submission.cells import answer, chosen, executed, lines


def test_only_what_the_answer_depends_on_is_chosen():
    code = (
        "import numpy as np\nimport matplotlib.pyplot as plt\nUNUSED = 1",
        "BITS = 8\ndef helper(x):\n    return x * BITS\ndef other():\n    pass",
        "def answer(x=np.pi):\n    return helper(x)",
        "answer(3)\nprint(answer(4))\nplt.plot(answer(5))\nassert answer(1)\n'text'\n3",
        "result = answer(6)\nfor x in range(3):\n    print(answer(x))",
    )
    assert lines(*code) == [
        *("import numpy as np", "BITS = 8"),
        *("def helper(x):", "def answer(x=np.pi):"),
    ]


def test_a_statement_knows_its_cell_and_its_line():
    ((name, line, source),) = chosen("", "\n\n# text\nx = 1; answer = (2 +\n  3); y = 2").statements
    assert (name, line, source) == ("code cell 2", 4, "answer = (2 +\n  3)")


def test_a_traceback_names_the_line_of_the_cell():
    code = chosen("a = 1", "\nimport math\n\n\n@staticmethod\n\ndef answer():\n    return 1 / 0")
    with pytest.raises(ZeroDivisionError) as caught:
        executed(code)["answer"]()
    last = caught.traceback[-1]
    assert (last.frame.code.raw.co_filename, last.lineno + 1) == ("code cell 2", 8)


def test_columns_are_counted_in_letters():
    assert lines("é = 'größe'; answer = 'ü' + é; b = 3") == ["é = 'größe'", "answer = 'ü' + é"]
    assert answer("é = 'größe'; answer = '''ü\né''' + é; b = 3") == "ü\négröße"


@pytest.mark.parametrize(
    "source",
    [
        "def answer(): pass",
        "async def answer(): pass",
        "class answer: pass",
        "import answer",
        "import answer.part",
        "import numpy as answer",
        "from numpy import pi as answer",
        "answer = 1",
        "a = answer = 1",
        "(a, [answer, *b]) = 1, (2, 3)",
        "a, *answer = 1, 2",
        "answer: int = 1",
        "answer += 1",
        "print(answer := 1)",
        "[answer := x for x in y]",
        "for answer in []: pass",
        "for a, (b, answer) in []: pass",
        "for i in range(3):\n    if i:\n        answer = i",
        "while True:\n    answer = 1",
        "with open('x') as answer: pass",
        "with open('x') as f:\n    answer = f.read()",
        "try:\n    import numba\nexcept ImportError:\n    answer = 1",
        "try:\n    pass\nexcept ValueError as answer: pass",
        "try:\n    pass\nfinally:\n    answer = 1",
        "if a:\n    pass\nelse:\n    def answer(): pass",
        "match 1:\n    case answer: pass",
        "match 1:\n    case [1, *answer]: pass",
        "match 1:\n    case {1: 2, **answer}: pass",
        "match 1:\n    case _:\n        answer = 1",
        "del answer",
        "answer.part = 1",
        "answer.part.part += 1",
        "answer['key'] = 1",
        "answer.table[0][1:2] = 1",
        "a, answer.part = 1, 2",
        "del answer.part",
        "setattr(answer, 'part', 1)",
        "delattr(answer, 'part')",
        "for name in 'ab':\n    setattr(answer, name, 1)",
        "globals()['answer'] = 1",
        "globals().update(answer=1)",
        "from numpy import *",
        "from tinytorch.core import *",
        "@answer.register(int)\ndef _(x): pass",
        "if __name__ == '__main__':\n    answer = 1",
    ],
)
def test_a_statement_that_binds_or_changes_a_needed_name_is_chosen(source):
    assert len(chosen("other = 3", source, "other = 4").statements) == 1


@pytest.mark.parametrize(
    "source",
    [
        "answer",
        "answer()",
        "answer.calibrate([1])",
        "print(answer)",
        "x = answer",
        "x.answer = 1",
        "x[answer] = 1",
        "x(answer=1)",
        "lambda answer: 1",
        "[answer for answer in []]",
        "def f(answer):\n    answer = 1",
        "class A:\n    answer = 1\n    def answer(self): pass",
        "import x.answer",
        "from answer import x",
        "assert answer",
        "setattr(x, 'answer', 1)",
        "check('answer')",
        "if __name__ == '__main__':\n    print(answer)",
        "raise ValueError(answer)",
        "get_answer().part = 1",
        "getattr(answer, 'part')",
        "x = lambda: (answer := 1)",
        "[answer for answer in (y := [])]",
    ],
)
def test_a_statement_that_only_uses_a_name_is_not_chosen(source):
    assert chosen("answer = 1", source).statements == chosen("answer = 1").statements


def test_lists_and_dicts_may_be_filled_after_they_were_made():
    code = (
        "table = {}\nparts = []\nseen = set()",
        "table.update(a=1)\nparts.append(2)\nseen.add(3)\ntable['b'] = 4",
        "table.get('a')\nprint(parts.append(5))",
        "def answer():\n    return table, parts, seen",
    )
    assert len(chosen(*code).statements) == 3 + 4 + 1
    assert answer(*code)() == ({"a": 1, "b": 4}, [2], {3})


def test_functions_of_a_module_that_are_called_like_methods_of_lists_change_nothing():
    code = ("import numpy as np", "np.append([1], 2)\nnp.sort([2])", "answer = np.pi")
    assert lines(*code) == ["import numpy as np", "answer = np.pi"]


def test_a_method_of_a_function_that_is_needed_is_no_change_of_it():
    assert lines("def answer(): pass", "answer.update(1)") == ["def answer(): pass"]


@pytest.mark.parametrize(
    "source",
    [
        "def answer():\n    return needed",
        "def answer():\n    def inner():\n        return [needed for x in y]\n    return inner",
        "def answer(x=needed): pass",
        "def answer(*, x=needed): pass",
        "def answer(x: needed): pass",
        "def answer() -> needed: pass",
        "@needed\ndef answer(): pass",
        "@needed.part(3)\nclass answer: pass",
        "class answer(needed): pass",
        "class answer(metaclass=needed): pass",
        "class answer:\n    part = needed",
        "class answer:\n    needed = needed",
        "class answer:\n    def method(self):\n        return needed",
        "class answer:\n    needed = 1\n    def method(self):\n        return needed",
        "class answer:\n    field: needed = 1",
        "answer = lambda x: x + needed",
        "answer = lambda x=needed: x",
        "answer = [x for x in needed]",
        "answer = [x for y in z for x in needed]",
        "answer = [needed for needed in needed]",
        "answer = {x: y for x, y in z if needed}",
        "answer = sum(needed(x) for x in y)",
        "answer = f'{needed}'",
        "answer = x[needed:]",
        "answer = 1 if needed else 2",
        "def answer():\n    global needed\n    needed = 1",
        "def answer():\n    global needed\n    needed += 1",
        "def answer():\n    try:\n        pass\n    except needed:\n        pass",
        "def answer():\n    match 1:\n        case needed.part: pass",
        "answer: needed = 1",
        "with needed:\n    answer = 1",
        "for answer in needed: pass",
        "if needed:\n    answer = 1",
        "answer = 1\nanswer.part = needed",
        "answer = 1\nsetattr(answer, 'part', needed)",
        "answer = 1\nanswer[needed] = 1",
    ],
)
def test_what_a_chosen_statement_reads_is_needed_too(source):
    assert "needed = 5" in lines("needed = 5\nx = y = z = ()", source)


@pytest.mark.parametrize(
    "source",
    [
        "def answer(local): return local",
        "def answer(*local, **other): return local, other",
        "def answer(*other, **local): return local, other",
        "def answer(*, local=1): return lambda: local",
        "def answer():\n    local = 1\n    return local",
        "def answer():\n    for local in []: print(local)",
        "def answer():\n    with x as local: local()",
        "def answer():\n    import local\n    local.f()",
        "def answer():\n    def local(): local()",
        "def answer():\n    if (local := 1): return local",
        "def answer():\n    [local := x for x in []]\n    return local",
        "def answer():\n    try: pass\n    except E as local: print(local)",
        "def answer():\n    local = 1\n    def inner():\n        nonlocal local\n        local = 2",
        "def answer():\n    local = 1\n    class Inner:\n        part = local",
        "answer = lambda local: local",
        "answer = [local for local in []]",
        "answer = {local: other for local, other in {}.items() if local}",
        "answer = [x for local in [] for x in local]",
        "for local in 'ab':\n    answer = local",
        "for local in 'ab':\n    setattr(answer, local, [local for x in []])",
        "with open('x') as local:\n    answer = local.read()",
        "answer = x.local",
        "answer = x(local=1)",
    ],
)
def test_variables_of_their_own_are_not_taken_for_global_ones(source):
    assert "local = check('answer')" not in lines("local = check('answer')", source)


def test_the_last_definition_wins():
    code = ("def answer(): return 1", "answer()", "def answer(): return 2")
    assert answer(*code)() == 2
    assert answer(*code[::-1])() == 1


def test_a_function_may_be_replaced_by_one_that_calls_it():
    code = ("def double(f):\n    return lambda: 2 * f()", "def answer(): return 21")
    assert answer(*code, "answer = double(answer)")() == 42
    assert answer("answer = double(answer)", *code)() == 42


def test_an_error_in_one_statement_does_not_stop_the_next():
    namespace = executed(chosen("def helper(): pass\nhelper = 1 / 0\nanswer = helper"))
    assert callable(namespace["answer"])
    assert [error["type"] for error in namespace["errors"]] == ["ZeroDivisionError"]
