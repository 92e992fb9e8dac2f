"""A submission costs at most its limits, however it is made: reading it, running it, all of it."""

import json
import time

import pytest
from samples import KEY, grade_file

from tinytorch.grading.sandbox.inside.submission.cells import UnreadableSubmissionError
from tinytorch.grading.sandbox.inside.submission.magics import without_magics
from tinytorch.grading.sandbox.sandbox import Sandbox, SandboxBrokenError

KEY_SOURCE = KEY.read_text(encoding="utf-8")


def notebook(*sources):
    cells = [{"cell_type": "code", "source": source} for source in sources]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


BOMBS = {
    "fields of an f-string": (".py", lambda: f'f"{"{x}" * 300_000}"', "longer than 1 s"),
    "marks on letters": (".py", lambda: "x" + "\u0316\u0301" * 200_000 + " = 1", "longer than 1 s"),
    "broken cells": (".ipynb", lambda: notebook(*["("] * 100_000), "100,000 code cells; at most"),
    "empty lists": (".ipynb", lambda: f"[{'[],' * 12_000_000}[]]", "memory|longer than 1 s"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_file_that_is_made_to_be_read_for_ever_is_refused_within_its_limits(tmp_path, name):
    ending, content, reason = BOMBS[name]
    path = tmp_path / f"submission{ending}"
    path.write_text(content(), encoding="utf-8")
    with Sandbox(seconds=1, memory=300_000_000) as sandbox:
        started = time.monotonic()
        with pytest.raises(UnreadableSubmissionError, match=reason):
            grade_file(path, sandbox)
        assert time.monotonic() - started < 10
        path = tmp_path / "honest.py"
        path.write_text(KEY_SOURCE, encoding="utf-8")
        sandbox.seconds = 10
        assert grade_file(path, sandbox).points == 100


@pytest.mark.parametrize(
    "lines",
    ["%a\n" + " " * 300_000 + "x", "a" * 300_000 + " ", "[" * 300_000, "x = " + " " * 300_000,
     " " * 300_000 + "x = !ls", "a?" * 150_000, '"' * 300_000, "\\\n" * 150_000],
    ids=range(8),
)  # fmt: skip
def test_magics_are_found_in_linear_time(lines):
    started = time.monotonic()
    without_magics(lines)
    assert time.monotonic() - started < 5  # quadratic time would be minutes


def test_a_long_statement_that_is_needed_costs_nothing(tmp_path):
    path = tmp_path / "long.py"
    padding = "\n".join(f"    # {number}: a remark of a hundred characters {'.' * 60}"
                        for number in range(1500))  # fmt: skip
    head = "def dequantize_int8("
    before, after = KEY_SOURCE.split(head)
    line, rest = after.split("\n", 1)
    path.write_text(f"{before}{head}{line}\n{padding}\n{rest}", encoding="utf-8")
    with Sandbox() as sandbox:
        assert grade_file(path, sandbox).points == 100


def test_a_submission_has_its_time_once_whatever_it_does(tmp_path):
    path = tmp_path / "sleeps.py"
    slow = "\n# %%\nimport time\ndef slow(f):\n    def g(*a):\n        time.sleep(0.4)\n"
    slow += "        return f(*a)\n    return g\n"
    names = ["quantize_int8", "dequantize_int8", "quantize_model", "analyze_model_sizes"]
    slow += "".join(f"{name} = slow({name})\n" for name in names)
    path.write_text(KEY_SOURCE + slow, encoding="utf-8")
    with Sandbox(seconds=2, total_seconds=4) as sandbox:
        started = time.monotonic()
        report = grade_file(path, sandbox)
        assert time.monotonic() - started < 10
    reasons = {score.exercise: score.reason for score in report.scores if score.reason}
    assert "this exercise took longer than 2 s" in reasons["quantize_int8"]
    assert "all exercises together took longer than 4 s" in reasons["questions"]


def test_a_failed_test_costs_time_like_one_that_passes(tmp_path):
    path = tmp_path / "fails_late.py"
    late = (
        "\n# %%\nimport time\ndef quantize_int8(*a):\n    time.sleep(0.3)\n    raise ValueError\n"
    )
    path.write_text(KEY_SOURCE + late, encoding="utf-8")
    with Sandbox(seconds=1) as sandbox:
        started = time.monotonic()
        report = grade_file(path, sandbox)
        assert time.monotonic() - started < 10
    assert report.points == 75


def test_a_sandbox_that_fails_twice_gives_no_grade(tmp_path, monkeypatch):
    path = tmp_path / "submission.py"
    path.write_text(KEY_SOURCE, encoding="utf-8")
    monkeypatch.setattr("tinytorch.grading.sandbox.fork_server.ForkServer.resident", lambda _: None)
    with Sandbox() as sandbox, pytest.raises(SandboxBrokenError, match="could not be measured"):
        grade_file(path, sandbox)
