"""The tests can fail: every known mistake is rejected, by the test that is meant for it."""

import subprocess
import sys
from pathlib import Path

import pytest
from mutants import MUTANTS

ROOT = Path(__file__).parents[1]
CONTRACT = [
    "tests/perf/test_affine.py",
    "tests/perf/test_onnxruntime.py",
    "tests/perf/test_quantized_linear.py",
    "tests/perf/test_calibrate.py",
    "tests/perf/test_quantize_model.py",
    "tests/perf/test_model_sizes.py",
]


@pytest.mark.parametrize("name", MUTANTS)
def test_the_mistake_is_rejected(name):
    rejected_by = MUTANTS[name].rejected_by
    options = ["-q", "-x", "-p", "no:cacheprovider", "--mutant", name, "-k", rejected_by]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *CONTRACT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, f"{rejected_by} does not reject {name}:\n{done.stdout}"
    assert f"::{rejected_by}" in done.stdout
