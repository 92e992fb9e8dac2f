"""`check` outside a notebook."""

import re
import subprocess
import sys

import pytest
from samples import KEY, load

from tinytorch.lessons import check
from tinytorch.lessons.quantization.exercises import EXERCISES

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


def test_an_unknown_exercise_is_refused_with_the_names_of_all():
    with pytest.raises(ValueError, match=r"no exercise 'nonsense'") as refusal:
        check("nonsense")
    assert [e.name for e in EXERCISES if e.name not in str(refusal.value)] == []
