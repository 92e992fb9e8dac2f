"""What runs on Gradescope: grades the one submission that is there, and always says what came out.

Gradescope's layout (gradescope-autograders.readthedocs.io): `submission` has the student's files,
and `results/results.json` is what it reads. `run_autograder` calls
`python -m tinytorch.lessons.handouts.runners.gradescope FOLDER` with the folder that holds both.
"""

from __future__ import annotations

import secrets
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tinytorch.core.system import replacing
from tinytorch.grading.grading_session import MAX_SEED
from tinytorch.grading.lesson import Lesson
from tinytorch.grading.reports.results import as_json, plain, results_of
from tinytorch.grading.runner import grade_file
from tinytorch.grading.sandbox.sandbox import Sandbox
from tinytorch.grading.submission.files import submissions
from tinytorch.lessons.folders import find_lesson

FAILED = (
    "The autograder failed, which says nothing about your work: {}. Please tell your instructor."
)
NOT_GRADED = "This could not be graded: {}."


def main(folder: Path, lesson: Lesson | None = None) -> None:
    """Grade what is in `submission`, and write `results/results.json`.

    Args:
        folder: that holds both.
        lesson: by default the quantization lesson.
    """
    target = folder / "results" / "results.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        results = _graded(folder / "submission", lesson or find_lesson())
    except Exception as error:  # whatever it is, the student and the instructor read it
        results = without_points(FAILED.format(f"{type(error).__name__}: {error}"))
    with replacing(target) as file:
        file.write(as_json(results).encode())


def without_points(reason: str) -> dict[str, Any]:
    """A results.json that gives 0 points, without which Gradescope shows no reason either.

    Args:
        reason: what the student reads.
    """
    return {"score": 0, "output": plain(reason), "visibility": "visible", "tests": []}


def _graded(submission: Path, lesson: Lesson) -> dict[str, Any]:
    started, seed = time.monotonic(), secrets.randbelow(MAX_SEED)
    with tempfile.TemporaryDirectory() as temporary:
        if submission.is_dir():  # found as in a class of one, without following links
            shutil.copytree(submission, Path(temporary, "student"), symlinks=True)
        try:
            with submissions(Path(temporary), lesson.name) as found:
                problem, path = found[0].problem, found[0].path
                if len(found) > 1:
                    names = ", ".join(sorted(each.path.name for each in found))
                    problem = f"expected one notebook, got {names}; submit one of them"
            if problem is None:
                with Sandbox() as sandbox:
                    report = grade_file(lesson, path, sandbox, seed)
                    isolation = _isolation(sandbox)
        except ValueError as error:  # no submission, or nothing that can be read
            problem = str(error)
    if problem is not None:
        return without_points(NOT_GRADED.format(problem.rstrip(".")))
    results = results_of(report, time.monotonic() - started, seed, sandbox.not_enforced)
    results["output"] += f"\n{isolation}"
    return results


def _isolation(sandbox: Sandbox) -> str:
    """How the code was isolated, and what of that this machine does not enforce."""
    if sandbox.method == "bubblewrap":
        how = "Your code ran in a sandbox of bubblewrap."
    else:
        how = "Your code ran in a process of its own, as bubblewrap does not work here."
    missing = ", ".join(sandbox.not_enforced)
    return f"{how} Not enforced here: {missing}." if missing else how


if __name__ == "__main__":
    main(Path(sys.argv[1]))
