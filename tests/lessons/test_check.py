"""`check` as a teacher: what it takes, what it says, and when it stops. Not in a browser."""

import linecache
import re
import subprocess
import sys

import pytest
from samples import KEY, load

from tinytorch.lessons import check
from tinytorch.lessons.check import CheckInterruptedError

WRONG = "\ndef dequantize_int8(q_tensor, scale, zero_point):\n    return q_tensor\n"


@pytest.fixture
def script(tmp_path):
    """Run a script that holds the answers and then something else; what it prints."""

    def run(rest):
        path = tmp_path / "homework.py"
        path.write_text(KEY.read_text(encoding="utf-8") + rest, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, path],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=True,
        )
        assert done.stderr == ""
        return done.stdout

    return run


CHECK = "\nfrom tinytorch.lessons import check\nprint(check({}))\n"


def test_a_script_gets_plain_text_of_80_columns(script):
    shown = script(WRONG + CHECK.format(""))
    assert re.search(r"(?m)^  \d of  10  dequantize_int8 +failed$", shown)
    assert re.search(r"(?m)^ 25 of  25  quantize_int8 +passed$", shown)
    assert "100 of 100" not in shown
    assert shown.isascii()
    assert max(map(len, shown.splitlines())) <= 80


def test_one_exercise_shows_every_test_and_the_first_reason(script):
    shown = script(WRONG + CHECK.format("'dequantize_int8'"))
    assert re.search(r"(?m)^  \d of  10  total$", shown)
    assert "passed" in shown
    assert "the values have dtype int8, not float32" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_the_definitions_are_those_of_the_module_that_calls():
    namespace = load()
    exec("from tinytorch.lessons import check\nreport = check('calibrate', seed=1)", namespace)
    assert (namespace["report"].points, namespace["report"].max_points) == (15, 15)


def check_with(namespace, chosen=None, **options):
    """What `check` says in a namespace."""
    namespace.update(chosen=chosen, options=options)
    exec("from tinytorch.lessons import check\nreport = check(chosen, **options)", namespace)
    return namespace.pop("report")


def defined(source):
    """The answer key and then a source, whose lines Python knows."""
    linecache.cache["cell"] = (len(source), None, source.splitlines(keepends=True), "cell")
    exec(compile(source, "cell", "exec"), namespace := load())
    return namespace


@pytest.mark.parametrize(
    ("chosen", "exercise"),
    [
        *[(name, name) for name in ("calibrate", "questions")],
        *[("choose_qparams", "quantize_int8"), ("q3_images", "questions")],
        *[("quantize_input", "calibrate"), ("quantize_int8", "quantize_int8")],
    ],
)
def test_an_exercise_is_named_by_its_name_or_by_what_it_defines(chosen, exercise):
    report = check_with(load(), chosen)
    assert [score.exercise for score in report.scores] == [exercise]


@pytest.mark.parametrize("name", ["quantize_int8", "QuantizedLinear", "choose_qparams"])
def test_a_function_or_class_stands_for_its_exercise(name):
    namespace = load()
    (score,) = check_with(namespace, namespace[name]).scores
    assert (score.points, score.status) == (score.max_points, "passed")


@pytest.mark.parametrize(
    ("typo", "sentence"),
    [
        ("quantise_int8", "no exercise 'quantise_int8'; did you mean 'quantize_int8'"),
        ("quantizedlinear", "did you mean 'QuantizedLinear'"),
        ("callibrate", "did you mean 'calibrate'"),
        ("q3 images", "did you mean 'q3_images'"),
        ("nonsense", "no exercise 'nonsense'; the exercises are quantize_int8, dequantize_int8"),
    ],
)
def test_a_typo_is_answered_with_the_nearest_name_and_without_a_traceback(typo, sentence):
    with pytest.raises(ValueError, match=sentence) as refusal:
        check(typo)
    assert refusal.value._render_traceback_() == [str(refusal.value)]  # what Jupyter shows


@pytest.mark.parametrize("chosen", [3, ["calibrate"], object()])
def test_what_names_no_exercise_is_refused(chosen):
    with pytest.raises(
        TypeError, match="expected the name of an exercise, such as 'quantize_int8'"
    ):
        check(chosen)


def test_every_wrong_answer_is_explained_also_the_second_one_of_a_question():
    answers = "q1_fp32_bytes = 1\nq1_int8_bytes = 2\nq4_int8_seconds = 7\nq5_fp32_values = None\n"
    shown = str(check_with(defined(answers), "questions"))
    for sentence in ("q1_fp32_bytes is 1:", "q1_int8_bytes is 2:", "q4_int8_seconds is 7:"):
        assert sentence in " ".join(shown.split())
    assert "q5_fp32_values is not answered yet" in shown
    assert re.search(r"(?m)^  4 of  10  total$", shown)


def test_rows_that_follow_from_another_one_name_it():
    source = """def quantize_int8(tensor):
    scale, zero_point = choose_qparams(tensor.data.min(), tensor.data.max())
    codes = np.floor(tensor.data / scale) + zero_point
    return Tensor(np.clip(codes, -128, 127).astype(np.int8)), scale, zero_point
"""
    rows = {row.name: row.reason for row in check_with(defined(source), "quantize_int8").rows()}
    assert "on average down" in rows["Every value gets the nearest code"]
    one_side = rows["The codes can express zero even if all values lie on one side"]
    assert one_side == 'may follow from "Every value gets the nearest code": mend that first'


PRINTS = "_right = quantize_int8\ndef quantize_int8(t):\n    print({})\n    return _right(t)\n"


def test_what_an_exercise_prints_is_shown_below_the_points():
    report = check_with(defined(PRINTS.format("'range', t.shape")), "quantize_int8")
    assert report.printed.startswith("range (50,)\n")
    assert "Your code printed:\n  range (50,)\n" in str(report)
    assert "range (50,)" in report._repr_html_()
    assert check_with(load(), "quantize_int8").printed == ""


@pytest.mark.parametrize("text", ["'x' * 1_000_000", "'x\\n' * 1_000_000"])
def test_of_much_print_the_beginning_is_shown(text):
    report = check_with(defined(PRINTS.format(text)), "quantize_int8")
    assert report.points == 25
    assert len(report.printed) < 2100
    assert len(report.printed.splitlines()) <= 21
    assert re.search(r"\n\.\.\. and [\d,]{10,} more characters$", report.printed)


def test_only_the_exercise_that_is_checked_shows_what_it_prints():
    assert check_with(defined(PRINTS.format("1")), "dequantize_int8").printed == ""


@pytest.mark.parametrize("line", ["i = i + 1", "time.sleep(60)", "sum(range(10_000_000))"])
def test_a_loop_that_never_ends_is_stopped_and_its_line_is_named(line):
    source = "import time\ndef dequantize_int8(q, s, z):\n    i = 0\n    while True:\n"
    report = check_with(defined(f"{source}        {line}\n"), "dequantize_int8", seconds=0.3)
    reason = report.results[0].reason
    assert reason.startswith("your code ran for more than 0.3 s, and was stopped at `")
    assert f"`{line}` in dequantize_int8" in reason or "`while True:` in" in reason
    assert report.points == 0
    assert {result.follows for result in report.results[1:]} == {report.results[0].title}


def test_an_endless_exercise_costs_the_others_nothing():
    source = "def dequantize_int8(q, s, z):\n    while True:\n        pass\n"
    report = check_with(defined(source), seconds=3)
    assert (report.points, report.max_points) == (90, 100)


def test_an_interrupt_by_hand_says_where_and_shows_nothing_of_the_grader():
    source = "def dequantize_int8(q, s, z):\n    raise KeyboardInterrupt  # Ctrl+C\n"
    with pytest.raises(CheckInterruptedError) as interrupt:
        check_with(defined(source), "dequantize_int8")
    sentence = "check was interrupted at `raise KeyboardInterrupt  # Ctrl+C` in dequantize_int8"
    assert str(interrupt.value) == sentence
    assert interrupt.value._render_traceback_() == [sentence]
    assert interrupt.value.__suppress_context__


def test_running_the_cell_of_exercise_3_again_asks_for_that_of_exercise_4():
    key = KEY.read_text(encoding="utf-8")
    (cell,) = [cell for cell in key.split("# %%") if 'exercise="QuantizedLinear"' in cell]
    report = check_with(defined("#" + cell), "calibrate")
    assert report.results[0].reason.startswith(
        "the layer has no method calibrate: run exercise 4's"
    )


def test_a_script_that_does_nothing_with_the_report_prints_it_once(script):
    shown = script("\nfrom tinytorch.lessons import check\ncheck('dequantize_int8')\nx = check()\n")
    assert shown.count("total") == 1
    assert re.search(r"(?m)^ 10 of  10  total$", shown)
