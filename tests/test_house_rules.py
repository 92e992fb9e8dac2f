"""The linters, the type checker and the top level of the project."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "command", ["ruff check .", "ruff format --check .", "mypy"], ids=lambda command: command
)
def test_the_tool_has_no_complaints(command):
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_top_level_holds_what_it_should_and_nothing_else():
    top = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    there = {"tinytorch", "tests", "pyproject.toml", "README.md", "LICENSE"}
    assert there <= top <= there | {"modules"}
