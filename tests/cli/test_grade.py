"""`tinytorch grade`, `tinytorch release` and `pytest --submission` as their users see them."""

import subprocess
import sys
from pathlib import Path

import pytest
from samples import KEY

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
