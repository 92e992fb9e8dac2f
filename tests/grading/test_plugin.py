"""`pytest modules/15_quantization` grades the library, and says what it is worth."""

import subprocess
import sys
from pathlib import Path

import pytest
from samples import KEY, grade, load

from tinytorch.lessons.quantization import LESSON

ROOT = Path(__file__).parents[2]


def graded(*options, status=False):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "modules/15_quantization", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    shown = done.stdout + done.stderr
    return (done.returncode, shown) if status else shown


def test_the_library_earns_all_points():
    shown = graded("--seed", "7")
    assert "100 of 100  total" in shown
    assert "points (seed 7)" in shown


BROKEN = """
from tinytorch.grading.sandbox.fork_server import ForkServer
resident = ForkServer.resident
left = [{}]

def fails_later(self):
    left[0] -= 1
    return resident(self) if left[0] >= 0 else None

ForkServer.resident = fails_later
"""


@pytest.mark.skipif(sys.platform != "linux", reason="breaks the fork server")
@pytest.mark.parametrize("after", [0, 4])
def test_a_sandbox_that_fails_gives_no_points(tmp_path, monkeypatch, after):
    (tmp_path / "broken_sandbox.py").write_text(BROKEN.format(after), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = graded("-p", "broken_sandbox", "--submission", str(KEY), status=True)
    assert "could not be measured" in done[1]
    assert "points (seed" not in done[1]
    assert "of 100" not in done[1]
    assert done[0] == (pytest.ExitCode.INTERNAL_ERROR if after else pytest.ExitCode.USAGE_ERROR)


def test_a_submission_is_not_spread_over_processes():
    shown = graded("--submission", str(KEY), "-n", "2")
    assert "--submission: its tests run one after the other" in shown
    assert "passed" not in shown


def test_the_exercises_are_worth_100_points_by_the_marks_of_their_tests():
    worth = {score.exercise: score.max_points for score in grade(load()).scores}
    assert list(worth) == LESSON.exercise_names
    assert list(worth.values()) == [25, 10, 20, 15, 15, 5, 0, 10]


def test_one_exercise_can_be_graded_alone():
    (score,) = grade(load(), "calibrate").scores
    assert (score.exercise, score.points) == ("calibrate", 15)


def test_an_unknown_exercise_is_refused_with_the_names_of_all():
    with pytest.raises(ValueError, match=r"no exercise 'nonsense'.*quantize_int8, dequantize"):
        LESSON.exercise("nonsense")


def test_the_inputs_follow_from_the_seed():
    seen = []

    def looked_at(tensor):
        seen.append(tensor.data.tobytes())
        raise ValueError

    for seed in (1, 1, 2):
        seen.append("run")
        grade(load() | {"quantize_int8": looked_at}, "quantize_int8", seed)
    first, second, third = "".join(map(repr, seen)).split("'run'")[1:]
    assert first == second != third
