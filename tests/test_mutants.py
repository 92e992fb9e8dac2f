"""The tests can fail: every known mistake is rejected, by the test that is meant for it."""

import subprocess
import sys
from pathlib import Path

import pytest
from mutants import MUTANTS

ROOT = Path(__file__).parents[1]
TESTS = {path: path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/test_*.py")}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_mistake_is_rejected(name):
    rejected_by = MUTANTS[name].rejected_by
    file = next(path for path, text in TESTS.items() if f"def {rejected_by}(" in text)
    options = ["-q", "-x", "-p", "no:cacheprovider", "--mutant", name, "-k", rejected_by]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, f"{rejected_by} does not reject {name}:\n{done.stdout}"
    assert f"::{rejected_by}" in done.stdout
