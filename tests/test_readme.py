"""What the README shows is what happens."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def run(*arguments):
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    return done.stdout


def split(text):
    """The demo's lines that are the same everywhere, and its resident bytes, which are nearly."""
    lines = text.splitlines()
    varying = "resident bytes|milliseconds|  (with INT8|in an INT8)"
    fixed = [line for line in lines if not re.match(varying, line)]
    (resident,) = [line for line in lines if line.startswith("resident bytes")]
    return fixed, [float(number.replace(",", "")) for number in resident.split()[3:]]


def test_the_demos_output_is_the_real_one():
    (shown, shown_bytes), (real, real_bytes) = map(
        split, (blocks("text")[0], run("-m", "tinytorch", "demo"))
    )
    assert shown == real
    assert shown_bytes == pytest.approx(real_bytes, rel=0.15)


def test_the_script_prints_what_it_is_said_to_print():
    (script,), shown = blocks("python"), blocks("text")[1]
    assert run("-c", script) == shown
    assert len(script.strip().splitlines()) <= 12


def test_the_two_commands_are_the_first_two_shell_blocks_of_one_line_each():
    commands = [block.strip() for block in blocks("sh")]
    assert len(commands) == 2
    assert commands[0].endswith("tinytorch demo")
    assert commands[1].endswith("/pytest -n auto --dist loadfile")
    assert all(len(command.splitlines()) == 1 for command in commands)


def test_the_benchmark_shows_six_rows_of_the_whole_one():
    tables = (ROOT / "tests/benchmarks/README.md").read_text(encoding="utf-8").splitlines()
    section = README.partition("## How fast it is\n")[2].partition("\n## ")[0]
    head, _, *rows = [line for line in section.splitlines() if line.startswith("|")]
    assert len(rows) == 6
    assert {head, *rows} <= {*tables}


def test_the_picture_is_a_small_png_file():
    (path,) = re.findall(r"!\[[^]]+\]\((?!https:)(.+?)\)", README)  # badges are elsewhere
    content = (ROOT / path).read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) <= 200_000
