"""What the README shows is what happens."""

import re
import subprocess
import sys
from pathlib import Path

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


def without_measurements(text):
    """The demo's output without the rows that vary from machine to machine."""
    return [line for line in text.splitlines() if not re.match("resident|milliseconds", line)]


def test_the_demos_output_is_the_real_one():
    shown = blocks("text")[0]
    assert without_measurements(shown) == without_measurements(run("-m", "tinytorch", "demo"))


def test_the_script_prints_what_it_is_said_to_print():
    (script,), shown = blocks("python"), blocks("text")[1]
    assert run("-c", script) == shown
    assert len(script.strip().splitlines()) <= 12


def test_the_two_commands_are_the_first_two_shell_blocks_of_one_line_each():
    commands = [block.strip() for block in blocks("sh")]
    assert len(commands) == 2
    assert commands[0].endswith("tinytorch demo")
    assert commands[1].endswith("pytest")
    assert all(len(command.splitlines()) == 1 for command in commands)
