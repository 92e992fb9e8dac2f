"""Runs `tinytorch grade FOLDER -o RESULTS`, and reads its table."""

import csv
import subprocess
import sys
import time
from pathlib import Path

from samples import KEY, files_in

ROOT = Path(__file__).parents[3]
KEY_SOURCE = KEY.read_text(encoding="utf-8")
BIAS = next(path for path in files_in("wrong") if path.stem == "bias_forgotten")
FORGETFUL = f"{KEY_SOURCE}\n# %%\n{BIAS.read_text(encoding='utf-8')}"


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "tinytorch", "grade", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


def grade(*arguments):
    process = start(*arguments)
    said, _ = process.communicate(timeout=180)
    return process.returncode, said


def wait_for(count, process, results):
    """Wait until that many submissions of a class are graded."""
    end = time.monotonic() + 60
    while len([*results.glob("students/s*/results.json")]) < count:
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)


def rows(results):
    with (results / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def without_seconds(results):
    return [{**row, "seconds": None} for row in rows(results).values()]
