"""A submission that is graded in a sandbox gets what its definitions earn, and nothing more."""

import time

import pytest
from samples import KEY, files_in, grade_file

from tinytorch.grading.sandbox.sandbox import Sandbox
from tinytorch.lessons import release

KEY_SOURCE = KEY.read_text(encoding="utf-8")
SOME_WRONG = ["floor_for_round", "difference_in_int8", "bias_forgotten", "fp32_layer_kept_alive"]
SOME_WRONG += ["last_batch_only", "calibration_data_ignored", "sizes_without_scales"]


@pytest.fixture
def graded(sandbox, tmp_path):
    def graded_source(source, seed=0):
        path = tmp_path / "submission.py"
        path.write_text(source, encoding="utf-8")
        return grade_file(path, sandbox, seed)

    return graded_source


def lost(report):
    return {s.exercise: s.max_points - s.points for s in report.scores if s.points < s.max_points}


def test_the_answered_and_the_untouched_notebook_earn_everything_and_nothing(sandbox, tmp_path):
    release(tmp_path / "answered", answer_key=KEY)
    release(tmp_path / "untouched")
    answered, untouched = (
        grade_file(tmp_path / name / "15_quantization.ipynb", sandbox)
        for name in ("answered", "untouched")
    )
    assert answered.points == 100, str(answered)
    assert untouched.points == 0
    assert str(untouched).count("not attempted") == 7


@pytest.mark.parametrize("name", SOME_WRONG)
def test_a_mistake_costs_the_same_exercise_in_a_sandbox(graded, name):
    (path,) = [path for path in files_in("wrong") if path.stem == name]
    source = path.read_text(encoding="utf-8")
    namespace = {}
    exec("\n".join(line for line in source.splitlines() if line.startswith("EXERCISE")), namespace)
    report = graded(f"{KEY_SOURCE}\n# %%\n{source}")
    assert list(lost(report)) == [namespace["EXERCISE"]], str(report)


def test_a_correct_variant_is_correct_in_a_sandbox_too(graded):
    for path in files_in("correct"):
        report = graded(f"{KEY_SOURCE}\n# %%\n{path.read_text(encoding='utf-8')}")
        assert report.points == 100, f"{path.stem}\n{report}"


def test_an_endless_loop_costs_its_exercise_once_and_little_time(sandbox, graded):
    sandbox.seconds, started = 2.0, time.monotonic()
    report = graded(f"{KEY_SOURCE}\n# %%\ndef dequantize_int8(*arguments):\n    while True: pass\n")
    sandbox.seconds = 10.0
    assert lost(report) == {"dequantize_int8": 10}
    (reason,) = [score.reason for score in report.scores if score.reason]
    assert "took longer than 2 s" in reason
    assert time.monotonic() - started < 20


def test_an_exercise_that_has_had_its_time_is_not_started_again(tmp_path, monkeypatch):
    path, started = tmp_path / "submission.py", []
    loop = "def quantize_int8(tensor):\n    while True: pass\n"
    path.write_text(f"{KEY_SOURCE}\n# %%\n{loop}", encoding="utf-8")
    session = Sandbox.session

    def counted(self, statements, replacements, limit):
        started.append(tuple(replacements.names) if replacements else ())
        return session(self, statements, replacements, limit)

    monkeypatch.setattr(Sandbox, "session", counted)
    with Sandbox(seconds=1) as sandbox:
        report = grade_file(path, sandbox)
    assert list(lost(report)) == ["quantize_int8"], str(report)
    # Each exercise in at most one process with its own definitions, and one with replacements.
    assert len(started) <= 2 * len(report.scores), started


def test_a_cell_that_does_not_parse_costs_what_it_defines_and_says_so(graded):
    broken = KEY_SOURCE.replace("def dequantize_int8(", "def dequantize_int8((")
    assert broken != KEY_SOURCE
    report = graded(broken)
    assert lost(report) == {"dequantize_int8": 10}
    (reason,) = [score.reason for score in report.scores if score.reason]
    assert "does not parse" in reason


def test_a_statement_that_raises_costs_what_it_defines_and_says_where(graded):
    stub = "\n# %%\n\ndef dequantize_int8(q, s, z, kind=Unknown):\n    return q\n"
    report = graded(KEY_SOURCE.replace("def dequantize_int8(", "def other(") + stub)
    assert lost(report) == {"dequantize_int8": 10}
    first = next(result for result in report.results if result.reason)
    assert "raised NameError at `def dequantize_int8(q, s, z, kind=Unknown):`" in first.reason
    assert first.trace[0].startswith("code cell ")
    assert ", line 2\n    def dequantize_int8" in first.trace[0]


def test_the_trace_names_the_student_s_own_lines_alone(graded):
    own = "def inner(q):\n    return np.mean(q.data, axis=9)\n\ndef dequantize_int8(q, *a):\n"
    report = graded(f"{KEY_SOURCE}\n# %%\n{own}    return inner(q)\n")
    first = next(result for result in report.results if result.reason)
    outer, inner, error = first.trace
    assert outer.endswith(", line 5, in dequantize_int8\n    return inner(q)")
    assert inner.endswith(", line 2, in inner\n    return np.mean(q.data, axis=9)")
    assert outer.split(",")[0] == inner.split(",")[0] == "code cell 15"
    assert error.startswith("AxisError: axis 9")


def test_the_library_s_solution_is_out_of_reach(graded):
    report = graded("from tinytorch.perf.quantization.model import *\n")
    assert report.points == 0


def test_a_crash_costs_its_exercise_only(graded):
    report = graded(f"{KEY_SOURCE}\n# %%\nimport os\ndef quantize_model(*a): os._exit(0)\n")
    assert lost(report) == {"quantize_model": 15}


def test_the_same_seed_gives_the_same_sentences(graded):
    wrong = "def dequantize_int8(q, s, z): return Tensor(1.5 * s * (q.data.astype('f4') - z))"
    source = f"{KEY_SOURCE}\n# %%\n{wrong}\n"
    first, again, other = (str(graded(source, seed)) for seed in (3, 3, 4))
    assert first == again != other
