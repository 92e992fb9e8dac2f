"""The grade depends on the solution and never on the seed: proven over many seeds, by hand.

    python tests/seeds.py right 20000    the key and some right solutions get 100 for each seed
    python tests/seeds.py wrong 200      each wrong solution loses the same points for each seed

The suite's rows that measure memory, or use no random numbers, are left out. Prints what differs.
"""

import importlib.util
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import cache

from samples import SECONDS, files_in, load

from tinytorch.core.system import usable_processors
from tinytorch.grading.grading_session import GradedTest, GradingSession
from tinytorch.grading.in_process import InProcessBackend
from tinytorch.grading.plugin import MARKER
from tinytorch.lessons.quantization import LESSON

# Structurally different ones: None is the key.
RIGHT = (
    *(None, "integer_forward", "methods_in_the_class_body", "float32_everywhere"),
    *("rounded_in_one_go", "quantizer_class"),
)
LEFT_OUT = ("memory_of_the_fp32_weight", "digit_network", "question_")
STEP = 50  # seeds of a task


@cache
def graded_tests():
    """The rows of the suite that draw inputs."""
    spec = importlib.util.spec_from_file_location("suite", LESSON.suite)
    suite = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(suite)
    return [
        GradedTest(name, name, marker.kwargs["name"], marker.kwargs["points"], row)
        for name, row in vars(suite).items()
        for marker in getattr(row, "pytestmark", [])
        if marker.name == MARKER and not any(part in name for part in LEFT_OUT)
    ]


def rows_lost(path, seed):
    """The names of the rows that a solution loses, and why."""
    session = GradingSession(LESSON, InProcessBackend(LESSON, load(path), SECONDS), seed)
    outcomes = {test.name: session.grade(test) for test in graded_tests()}
    return {name: str(error) for name, error in outcomes.items() if error is not None}


def paths_of(kind):
    paths = {path.stem: path for path in files_in("correct" if kind == "right" else "wrong")}
    return [name and paths[name] for name in RIGHT] if kind == "right" else [*paths.values()]


def differing(task):
    """The seeds of a task for which a solution does not lose what it loses with the first seed."""
    path, seeds, expected = task
    found = {seed: rows_lost(path, seed) for seed in seeds}
    return path, {
        seed: {*lost} ^ set(expected)
        for seed, lost in found.items() if set(lost) != set(expected)
    }  # fmt: skip


def main(kind, count):
    started, odd = time.monotonic(), 0
    tasks = [
        (
            path,
            range(first, min(first + STEP, count)),
            [] if kind == "right" else rows_lost(path, 0),
        )
        for path in paths_of(kind)
        for first in range(0, count, STEP)
    ]
    with ProcessPoolExecutor(usable_processors()) as pool:
        for path, found in pool.map(differing, tasks):
            odd += len(found)
            rows = Counter(row for each in found.values() for row in each)
            if found:
                print(f"{path.stem if path else 'the key'}, {len(found)} of {STEP} seeds such as "
                      f"{min(found)}: {dict(rows)}", flush=True)  # fmt: skip
    minutes = (time.monotonic() - started) / 60
    print(
        f"{len(paths_of(kind))} solutions, {count:,} seeds each: {odd} differ ({minutes:.0f} min)"
    )
    return 1 if odd else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
