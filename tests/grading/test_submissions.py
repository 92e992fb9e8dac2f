"""The grading suite works: right solutions earn everything, each mistake loses what it should.

What the files in tests/submissions hold is said in `graded`.
"""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import seeds
from samples import files_in, grade, load, quick

from tinytorch.grading.reports.report import Report
from tinytorch.lessons.quantization import LESSON
from tinytorch.lessons.quantization.exercises import EXERCISES

WRONG, CORRECT = files_in("wrong"), files_in("correct")
SOURCE = Path(__file__).parents[2] / "modules" / "15_quantization" / "15_quantization.py"
CODE = [exercise for exercise in EXERCISES if not exercise.is_question]
BODIES = Counter(path.read_text(encoding="utf-8").partition("MESSAGE")[2] for path in WRONG)


def name_of(path):
    return path.stem


@cache
def graded_wrong(path):
    namespace = load(path)
    return namespace["EXERCISE"], namespace["MESSAGE"], grade(namespace)


def losses(report):
    return {s.exercise: s.max_points - s.points for s in report.scores if s.status != "passed"}


@cache
def worth(exercise):
    (score,) = grade(load(), exercise).scores
    return score.max_points


def stub(*arguments, **options):
    raise NotImplementedError("not yet")


class StubLayer:
    __init__ = forward = memory_usage = calibrate = quantize_input = parameters = stub


def with_stubs(names, namespace):
    return namespace | {n: StubLayer if n == "QuantizedLinear" else stub for n in names}


def defined_everywhere(body):
    """A submission in which every function and method is the same."""
    functions = {name: body for exercise in CODE for name in exercise.defines}
    methods = ("__init__", "forward", "memory_usage", "calibrate", "quantize_input", "parameters")
    layer = type("QuantizedLinear", (), dict.fromkeys(methods, body))
    return functions | {"QuantizedLinear": layer}


def test_there_are_many_solutions_of_both_kinds():
    assert len(WRONG) >= 40
    assert len(CORRECT) >= 8
    wrong = Counter(graded_wrong(path)[0] for path in WRONG)
    assert all(wrong[exercise.name] >= 5 for exercise in EXERCISES)


@pytest.mark.parametrize("seed", [0, 1, 17822929])  # the last one drew a scale near 1
def test_the_key_earns_all_points(seed):
    report = grade(load(), seed=seed)
    assert report.points == 100, str(report)


@pytest.mark.parametrize("name", seeds.RIGHT)
def test_right_solutions_lose_nothing_for_any_of_500_seeds(name):
    paths = dict(zip(seeds.RIGHT, seeds.paths_of("right"), strict=True))
    for seed in range(seeds.RIGHT.index(name), 500, len(seeds.RIGHT)):
        assert seeds.rows_lost(paths[name], seed) == {}, f"seed {seed}"


@pytest.mark.parametrize("path", CORRECT, ids=name_of)
def test_a_correct_variant_earns_all_points(path):
    for seed in (0, 1):
        report = grade(load(path), seed=seed)
        assert report.points == 100, str(report)


@pytest.mark.parametrize("path", quick(CORRECT), ids=name_of)
def test_a_correct_variant_loses_only_the_points_of_an_exercise_that_is_missing(path):
    namespace = load(path)
    namespace.update(with_stubs(CODE[0].defines, {}))
    assert losses(grade(namespace)) == {"quantize_int8": 25}


@pytest.mark.parametrize("path", WRONG, ids=name_of)
def test_a_mistake_loses_marks_in_its_own_exercise_only_and_is_named_first(path):
    exercise, message, report = graded_wrong(path)
    assert list(losses(report)) == [exercise], str(report)
    (reason,) = [score.reason for score in report.scores if score.exercise == exercise]
    assert re.search(message, reason), reason


@pytest.mark.parametrize("path", WRONG, ids=name_of)
def test_every_row_that_fails_has_a_sentence_or_names_a_row_that_it_may_follow_from(path):
    exercise, _, report = graded_wrong(path)
    alone = Report(LESSON, [each for each in report.results if each.exercise == exercise])
    failed = [row for row in alone.rows() if row.status != "passed"]
    assert failed
    named = [row.name for row in failed if not row.reason.startswith("may follow from")]
    for row in failed:
        assert row.name in named or row.reason in {
            f'may follow from "{name}": mend that first' for name in named
        }


@pytest.mark.parametrize("path", [path for path in WRONG if "ROW" in load(path)], ids=name_of)
def test_a_mistake_costs_what_it_should_in_the_row_that_it_should(path):
    namespace, (_, _, report) = load(path), graded_wrong(path)
    failed = [result for result in report.results if result.reason]
    assert failed[0].title == namespace["ROW"]
    assert sum(result.points for result in failed) == namespace["POINTS"]


def test_every_test_of_the_suite_is_failed_by_a_mistake():
    tests = {result.title for result in grade(load()).results}
    failed = {
        result.title
        for path in WRONG
        for result in graded_wrong(path)[2].results
        if result.reason is not None
    }
    assert tests - failed == set()


@pytest.mark.parametrize("path", WRONG, ids=name_of)
def test_a_mistake_has_a_docstring_that_names_it_and_is_one_of_a_kind(path):
    assert load(path)["__doc__"] != load()["__doc__"]
    assert BODIES[path.read_text(encoding="utf-8").partition("MESSAGE")[2]] == 1


def test_stubs_earn_nothing_and_were_not_attempted():
    definitions = [name for exercise in CODE for name in exercise.defines]
    report = grade(with_stubs(definitions, dict.fromkeys(EXERCISES[-1].defines, ...)))
    assert report.points == 0
    assert [score.status for score in report.scores] == ["not attempted"] * 7 + ["not answered"]


def test_the_untouched_notebook_earns_nothing_and_was_not_attempted():
    namespace = {"__name__": "student"}
    exec("import numpy as np\nfrom tinytorch.core import Linear, Sequential, Tensor", namespace)
    for cell in SOURCE.read_text(encoding="utf-8").split("\n# %%")[1:]:
        metadata, _, code = cell.partition("\n")
        if "exercise=" in metadata or "question" in metadata:
            exec(code, namespace)
    assert "analyze_model_sizes" in namespace
    report = grade(namespace)
    assert report.points == 0
    assert str(report).count("not attempted") == 7


def test_a_submission_without_definitions_earns_nothing():
    report = grade({})
    assert report.points == 0
    assert [score.status for score in report.scores][:7] == ["not attempted"] * 7


def do_nothing(*arguments):
    return None


def refuse_everything(*arguments):
    raise ValueError("no")


@pytest.mark.parametrize("body", [do_nothing, refuse_everything])
def test_doing_nothing_and_refusing_everything_earn_nothing(body):
    assert grade(defined_everywhere(body)).points == 0


def test_the_values_themselves_are_no_codes():
    def quantize_int8(tensor):
        return tensor, 1.0, 0

    report = grade(load() | {"quantize_int8": quantize_int8}, "quantize_int8")
    assert report.points <= 3  # choose_qparams is right, and zeros are zeros


@pytest.mark.parametrize("exercise", CODE, ids=lambda exercise: exercise.name)
def test_a_missing_exercise_costs_its_own_points_and_no_others(exercise):
    namespace = load()
    namespace.update(with_stubs(exercise.defines, {}))
    if exercise.name == "calibrate":
        namespace["QuantizedLinear"].calibrate = namespace["QuantizedLinear"].quantize_input = stub
    report = grade(namespace)
    expected = {exercise.name: worth(exercise.name)}
    if exercise.name == "QuantizedLinear":
        expected["calibrate"] = 15  # its functions are methods of the layer that is missing
    assert losses(report) == expected
    assert report.scores[CODE.index(exercise)].status == "not attempted"


def test_a_wrong_layer_is_replaced_where_calibrate_is_graded():
    namespace = load()

    def forward(self, x):
        return x

    namespace["QuantizedLinear"].forward = forward
    assert list(losses(grade(namespace))) == ["QuantizedLinear"]


def test_an_earlier_mistake_is_replaced_under_a_layer_that_quantizes_inputs_in_its_own_way():
    (path,) = [path for path in CORRECT if path.stem == "forward_reads_the_input_scale"]
    namespace = load(path)
    namespace["dequantize_int8"] = stub
    assert losses(grade(namespace)) == {"dequantize_int8": 10}


def test_two_mistakes_cost_what_each_costs():
    namespace = load()
    namespace["choose_qparams"] = stub
    namespace["q2_max_error"] = 1 / 255
    namespace["quantize_int8"] = stub
    assert losses(grade(namespace)) == {"quantize_int8": 25, "questions": 2}
