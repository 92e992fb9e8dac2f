"""Grades by a table instead of a sandbox, for tests of who handed in what and gets what."""

from tinytorch.grading.classroom import run
from tinytorch.grading.reports.results import GRADED, results_without_points
from tinytorch.lessons.quantization import LESSON


def results(points):
    """A dict for results.json with so many points, all for the first exercise."""
    score = {"points": 0, "max_points": 0, "status": "passed", "reason": None}
    exercises = {name: dict(score) for name in LESSON.exercise_names}
    exercises["quantize_int8"] |= {"points": points, "max_points": 100}
    test = {"name": "quantize_int8: x", "score": points, "max_score": 100, "status": "passed"}
    return {
        "score": points,
        "execution_time": 0.1,
        "output": f"{points} of 100 points",
        "visibility": "visible",
        "tests": [{**test, "output": "", "visibility": "visible"}],
        "extra_data": {
            **{"status": GRADED, "reason": "", "max_points": 100, "seed": 0},
            "exercises": exercises,
        },
    }


def instead_of_a_sandbox(monkeypatch, points=lambda submission: 80):
    """Let classes be graded by a function of a submission; gives the list of what was graded."""
    graded = []

    def fake(pool, todo):
        for each in todo:
            graded.append(each.student)
            is_known = each.problem is None
            yield each, results(points(each)) if is_known else results_without_points(each.problem)

    monkeypatch.setattr(run, "_graded", fake)
    return graded
