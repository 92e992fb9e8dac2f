"""What a process of the worker pool does: it grades submissions, with a sandbox of its own."""

from __future__ import annotations

import atexit
import gc
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tinytorch.grading.lesson import Lesson
from tinytorch.grading.reports.results import Results, results_of, results_without_points
from tinytorch.grading.runner import grade_file
from tinytorch.grading.sandbox.inside.submission.cells import UnreadableSubmissionError
from tinytorch.grading.sandbox.inside.submission.forms import Form
from tinytorch.grading.sandbox.sandbox import Sandbox, SandboxBrokenError
from tinytorch.grading.submission.reading import read_content


class _Grader(NamedTuple):
    lesson: Lesson
    seed: int
    sandbox: Sandbox


NO_PROBLEMS: Mapping[Path, str] = {}
_grader: _Grader | None = None  # of this process


def start_worker(
    lesson: Lesson, seed: int, memory: int, seconds: float, total_seconds: float
) -> None:
    """Get ready to grade; memory (bytes) and the seconds are the limits of `Sandbox`."""
    global _grader
    _grader = _Grader(lesson, seed, Sandbox(memory, seconds, total_seconds))
    atexit.register(_grader.sandbox.stop)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # what tests print is of no use to anybody
    os.dup2(nowhere, 2)
    gc.collect()
    gc.freeze()  # pytest collects garbage over and over; what is imported is not garbage


def grade_submission(
    path: Path, others: Sequence[Path] = (), problems: Mapping[Path, str] = NO_PROBLEMS
) -> Results:
    """Grade a file, or the first of some others that earns points if that one earns none.

    Args:
        path: the file.
        others: of the same student.
        problems: path -> why its file cannot be read, as far as that is known.

    Returns:
        The dict for results.json; there is one, whatever happens.
    """
    results = _graded(path, problems)
    for other in others:
        if results.get("score"):
            break
        found = _graded(other, problems)
        if found.get("score"):
            extra = found["extra_data"]
            why = f"{path.name} earns nothing, so {other.name} was graded"
            extra["reason"] = f"{why}. {extra['reason']}".strip()
            return found
    return results


def read_forms(
    path: Path, others: Sequence[Path] = (), problems: Mapping[Path, str] = NO_PROBLEMS
) -> list[dict[str, Form]]:
    """What the definitions of exercises in files are compared by, see `Sandbox.forms`.

    Args:
        path: the file.
        others: of the same student.
        problems: path -> why its file cannot be read, as far as that is known.

    Returns:
        The forms of each file that can be read.
    """
    assert _grader is not None
    found = []
    for each in (path, *others):
        with suppress(UnreadableSubmissionError):
            if each not in problems:
                names, sandbox = _grader.lesson.defined_names, _grader.sandbox
                found.append(sandbox.forms(read_content(each), each.suffix, names))
    return found


def _graded(path: Path, problems: Mapping[Path, str]) -> Results:
    assert _grader is not None
    if path in problems:
        return results_without_points(problems[path])
    lesson, seed, sandbox = _grader
    started = time.monotonic()
    try:
        report = grade_file(lesson, path, sandbox, seed)
        return results_of(report, time.monotonic() - started, seed, sandbox.not_enforced)
    except (UnreadableSubmissionError, SandboxBrokenError) as error:
        return results_without_points(str(error), time.monotonic() - started)
    except Exception as error:
        why = f"the grader failed: {type(error).__name__}: {error}"
        return results_without_points(why, time.monotonic() - started)
