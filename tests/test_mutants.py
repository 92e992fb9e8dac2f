"""The tests can fail: every known mistake is rejected, by the test that is meant for it."""

from pathlib import Path

import pytest
from mutants import MUTANTS
from mutants.processes import process_pool, run

ROOT = Path(__file__).parents[1]
TESTS = {path: path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/test_*.py")}


@pytest.fixture(scope="module")
def processes():
    with process_pool() as pool:
        yield pool


@pytest.mark.parametrize("name", MUTANTS)
def test_the_mistake_is_rejected(processes, name):
    rejected_by = MUTANTS[name].rejected_by
    file = next(path for path, text in TESTS.items() if f"def {rejected_by}(" in text)
    options = ["-q", "-x", "-p", "no:cacheprovider", "--mutant", name, "-k", rejected_by]
    options += ["--rootdir", str(ROOT), str(file)]
    status, said = processes.apply_async(run, [options]).get(timeout=120)
    assert status == 1, f"{rejected_by} does not reject {name}:\n{said}"
    assert f"::{rejected_by}" in said
