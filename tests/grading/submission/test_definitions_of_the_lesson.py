"""The whole lesson, read and chosen from, earns what it did: in any order, shape and state."""

import random
import re
import types

import nbformat
import pytest
from grading.submission.cells import NAMES, executed, grade_cells, losses, read_cells
from samples import KEY, files_in, grade, quick

from tinytorch.grading.sandbox.inside.submission.cells import Cell
from tinytorch.grading.sandbox.inside.submission.definitions import definitions
from tinytorch.lessons import release
from tinytorch.lessons.quantization.exercises import EXERCISES


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    """The cells of the lesson with the answers of the key."""
    folder = tmp_path_factory.mktemp("solved")
    release(folder, answer_key=KEY)
    return read_cells(folder / "15_quantization.ipynb")


def test_the_solved_notebook_earns_everything(solved):
    report = grade_cells(solved)
    assert report.points == 100, str(report)


def test_the_solved_script_earns_everything(tmp_path):
    release(tmp_path, answer_key=KEY)
    assert grade_cells(read_cells(tmp_path / "15_quantization.py")).points == 100


def test_no_check_and_no_experiment_is_executed(solved):
    assert any("check(" in cell.source for cell in solved)
    code = definitions(solved, NAMES)
    for statement in code.statements:
        assert not re.search(r"check|experiments|print", statement.source), statement
    assert len(code.statements) > 20
    assert code.problems == {}


def test_the_notebook_as_it_is_released_earns_nothing_and_was_not_attempted(tmp_path):
    release(tmp_path)
    cells = read_cells(tmp_path / "15_quantization.ipynb")
    report = grade_cells(cells)
    assert report.points == 0
    assert str(report).count("not attempted") == 7
    assert definitions(cells, NAMES).problems == {}


@pytest.mark.parametrize("seed", range(12))
def test_cells_in_any_order_earn_the_same(solved, seed):
    shuffled = random.Random(seed).sample(solved, len(solved))
    report = grade_cells(Cell(n, source) for n, (_, source) in enumerate(shuffled, 1))
    assert report.points == 100, str(report)


def test_cells_in_reversed_order_earn_the_same(solved):
    assert grade_cells(solved[::-1]).points == 100


def test_checks_that_are_deleted_or_twice_there_change_nothing(solved):
    def is_check(cell):
        return cell.source.startswith(("check(", "experiments."))

    assert sum(map(is_check, solved)) > 20
    without = [cell for cell in solved if not is_check(cell)]
    twice = [copy for cell in solved for copy in (cell, cell) if is_check(cell) or copy is cell]
    expected = [statement[2] for statement in definitions(solved, NAMES).statements]
    assert [statement[2] for statement in definitions(without, NAMES).statements] == expected
    assert grade_cells(twice).points == 100


def test_all_cells_twice_earn_the_same(solved):
    assert grade_cells([*solved, *solved]).points == 100


@pytest.mark.parametrize("exercise", EXERCISES[:-1], ids=lambda exercise: exercise.name)
def test_a_cell_that_does_not_parse_costs_its_own_exercise(solved, exercise):
    (place,) = [
        place for place, cell in enumerate(solved)
        if re.search(rf"^(def|class) {exercise.defines[-1]}\b", cell.source, re.MULTILINE)
    ]  # fmt: skip
    broken = list(solved)
    broken[place] = Cell(solved[place].number, solved[place].source + "\nprint((")
    expected = losses(grade({}, exercise.name))
    if exercise.name == "QuantizedLinear":
        expected["calibrate"] = 15  # its functions are methods of the layer
    assert losses(grade_cells(broken)) == expected
    problems = definitions(broken, NAMES).problems
    assert set(exercise.defines) <= set(problems)
    for name in exercise.defines:
        assert re.match(
            rf"code cell {place + 1} \(`.+`\) does not parse: '\(' was never closed", problems[name]
        )


def with_key(variant):
    """The key and then a variant of it, in one text."""
    return "\n# %%\n".join(path.read_text(encoding="utf-8") for path in (KEY, variant))


@pytest.mark.parametrize("variant", quick(files_in("correct")), ids=lambda path: path.stem)
def test_a_correct_variant_earns_everything_as_a_script(variant, tmp_path):
    (tmp_path / "x.py").write_text(with_key(variant), encoding="utf-8")
    report = grade_cells(read_cells(tmp_path / "x.py"))
    assert report.points == 100, str(report)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_a_wrong_variant_has_its_mistake_as_a_script(exercise, tmp_path):
    asks = f'EXERCISE = "{exercise.name}"'
    variant = next(p for p in files_in("wrong") if asks in p.read_text(encoding="utf-8"))
    (tmp_path / "x.py").write_text(with_key(variant), encoding="utf-8")
    cells = read_cells(tmp_path / "x.py")
    namespace = executed(definitions(cells, [*NAMES, "MESSAGE"]))
    assert list(losses(grade(namespace))) == [exercise.name]
    (score,) = grade(namespace, exercise.name).scores
    assert re.search(namespace["MESSAGE"], score.reason), score.reason


def code_of(value):
    """What tells a function from others, or all functions that are somewhere in a class."""
    if isinstance(value, type):
        return {name: code_of(part) for name, part in vars(value).items()}
    if isinstance(value, types.CodeType):
        # Its instructions depend on whether the import of a module is in the same source.
        constants = [code_of(constant) for constant in value.co_consts]
        return value.co_firstlineno, value.co_varnames, value.co_names, constants
    if isinstance(value, (int, float, str)):
        return value
    return code_of(value.__code__) if hasattr(value, "__code__") else type(value)


def names_in(compiled):
    inner = [each for each in compiled.co_consts if isinstance(each, types.CodeType)]
    return {*compiled.co_names}.union(*map(names_in, inner))


@pytest.mark.parametrize(
    "variant", [*files_in("correct"), *files_in("wrong")], ids=lambda path: path.stem
)
def test_what_is_chosen_of_a_script_defines_the_same_as_all_of_it(variant):
    text = with_key(variant)
    whole = {"__name__": "__main__"}
    exec(compile(text, "cell 1", "exec", dont_inherit=True), whole)
    code = definitions([Cell(1, text)], NAMES)
    made = executed(code)
    assert made.pop("errors") == []
    assert {name: code_of(made.get(name)) for name in NAMES} == {
        name: code_of(whole.get(name)) for name in NAMES
    }
    read = [names_in(compile(statement.source, "", "exec")) for statement in code.statements]
    assert (whole.keys() & set().union(*read)) - made.keys() == set()
    assert "MESSAGE" not in made


def test_a_notebook_survives_the_way_through_nbformat(solved, tmp_path):
    cells = [nbformat.v4.new_code_cell(cell.source) for cell in solved]
    for version, suffix in ((4, "new"), (3, "old")):
        path = tmp_path / f"{suffix}.ipynb"
        made = nbformat.v4.new_notebook(cells=cells)
        if version == 3:
            made = nbformat.convert(made, 3)
        path.write_text(nbformat.writes(made, version=version), encoding="utf-8")
        assert definitions(read_cells(path), NAMES) == definitions(solved, NAMES)
