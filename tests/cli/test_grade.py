"""`tinytorch grade`, `tinytorch release` and `pytest --submission` as their users see them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from samples import KEY

from tinytorch.cli import main

ROOT = Path(__file__).parents[2]


def run(module, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def forgetful(tmp_path):
    """A submission whose forward forgets the bias."""
    path = tmp_path / "forgetful.py"
    wrong = "def forward(self, x): return x @ dequantize_int8("
    wrong += "self.q_weight, self.weight_scale, self.weight_zero_point)\n"
    path.write_text(
        f"{KEY.read_text(encoding='utf-8')}\n# %%\n{wrong}QuantizedLinear.forward = forward\n",
        encoding="utf-8",
    )
    return path


def test_grade_prints_the_points_and_the_first_reason(forgetful):
    status, shown = run("tinytorch", "grade", forgetful)
    assert status == 0
    assert "forward forgets the bias" in shown
    assert " 25 of  25  quantize_int8" in shown
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.ipynb", None, "cannot be opened"),
        ("empty.ipynb", "", "empty"),
        ("text.ipynb", "hello", "JSON"),
        ("notes.docx", "hello", "neither a notebook"),
    ],
)
def test_a_file_that_is_no_submission_is_refused_in_one_line(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    status, shown = run("tinytorch", "grade", tmp_path / name)
    assert status == 1
    assert shown.startswith("tinytorch grade: ")
    assert message in shown
    assert len(shown.splitlines()) == 1


def test_pytest_grades_a_submission_test_by_test(forgetful):
    status, shown = run("pytest", "-q", "modules/15_quantization", "--submission", forgetful)
    assert status == 1
    assert "FAILED" in shown
    assert "test_forward_adds_the_bias" in shown
    assert "forward forgets the bias" in shown


def test_pytest_refuses_a_file_that_is_no_submission(tmp_path):
    status, shown = run("pytest", "-q", "modules/15_quantization", "--submission", tmp_path)
    assert status == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: --submission" in shown


def test_release_names_the_files_it_wrote_and_replaces_no_work(tmp_path):
    status, shown = run("tinytorch", "release", tmp_path)
    assert status == 0
    assert {Path(line).name for line in shown.splitlines()} >= {"15_quantization.ipynb"}
    notebook = tmp_path / "15_quantization.ipynb"
    notebook.write_text("somebody's work", encoding="utf-8")
    status, shown = run("tinytorch", "release", tmp_path)
    assert status == 1
    assert "15_quantization.ipynb" in shown
    assert notebook.read_text(encoding="utf-8") == "somebody's work"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [("x.ipynb", "{", "JSON"), ("x.docx", "hello", "neither a notebook"), ("x.py", None, "opened")],
)
def test_json_has_the_reason_why_a_file_cannot_be_graded(tmp_path, capsys, name, content, reason):
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert main(["grade", str(tmp_path / name), "--json"]) == 1
    said = capsys.readouterr()
    results = json.loads(said.out)
    assert (results["score"], results["extra_data"]["status"]) == (0, "could not grade")
    assert reason in results["output"]
    assert reason in said.err


def test_json_of_a_folder_with_two_uploads_grades_the_notebook_or_what_is_not_blank(
    tmp_path, capsys
):
    blank = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "15_quantization.ipynb").write_text(json.dumps(blank), encoding="utf-8")
    (tmp_path / "15_quantization.py").write_bytes(KEY.read_bytes())
    (tmp_path / "notes.txt").write_text("Sorry for the delay.", encoding="utf-8")
    for points, status in ((100, 0), (101, 1)):
        arguments = ["grade", str(tmp_path), "--json", "--fail-under", str(points)]
        assert main(arguments) == status
        assert json.loads(capsys.readouterr().out)["score"] == 100
    (tmp_path / "15_quantization.ipynb").unlink()
    (tmp_path / "15_quantization.py").unlink()
    assert main(["grade", str(tmp_path), "--json"]) == 1
    assert "notes.txt holds no code" in json.loads(capsys.readouterr().out)["output"]
