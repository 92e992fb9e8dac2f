"""What runs on GitHub Actions: grades a notebook, for GitHub Classroom and for who reads the run.

`python -m tinytorch.lessons.handouts.runners.github NOTEBOOK` sets the step's output `result` to
what Classroom's reporter reads (github.com/classroom-resources/autograding-grading-reporter): JSON
in base64, with `status`, `max_score` and the `score` of each test. The points stand in the summary
of the run too, so that nothing else is needed where there is no Classroom.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import sys
import time
from pathlib import Path
from typing import Any

from tinytorch.grading.grading_session import MAX_SEED
from tinytorch.grading.lesson import Lesson
from tinytorch.grading.reports.results import plain, results_of
from tinytorch.grading.runner import grade, grade_file
from tinytorch.grading.sandbox.inside.submission.cells import UnreadableSubmissionError
from tinytorch.grading.sandbox.sandbox import Sandbox
from tinytorch.lessons.folders import find_lesson

MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#!|~&])")


def main(path: Path, lesson: Lesson | None = None) -> None:
    """Grade a notebook, and write the step's output and the summary, if Actions asks for them.

    Args:
        path: of the notebook.
        lesson: by default the quantization lesson.
    """
    lesson = lesson or find_lesson()
    try:
        result, summary = _graded(path, lesson)
    except (OSError, UnreadableSubmissionError) as error:  # no notebook, or none that can be read
        worth = grade(lesson, lesson.reference()).max_points
        result, summary = _without_points(f"{path.name} could not be graded: {error}", worth)
    except Exception as error:  # whatever it is, the run says it, and Classroom gets no points
        failed = "the autograder failed, which says nothing about your work: "
        result, summary = _without_points(f"{failed}{type(error).__name__}: {error}", None)
    encoded = base64.b64encode(json.dumps(result).encode()).decode()
    _append("GITHUB_OUTPUT", f"result={encoded}\n")
    _append("GITHUB_STEP_SUMMARY", summary)


def _graded(path: Path, lesson: Lesson) -> tuple[dict[str, Any], str]:
    started, seed = time.monotonic(), secrets.randbelow(MAX_SEED)
    with Sandbox() as sandbox:
        report = grade_file(lesson, path, sandbox, seed)
        results = results_of(report, time.monotonic() - started, seed, sandbox.not_enforced)
    tests = [
        _test(each["name"], each["score"], each["max_score"], each["output"])
        for each in results["tests"] if each["max_score"]
    ]  # fmt: skip
    passed = report.points == report.max_points
    result = {
        "version": 1,
        "status": "pass" if passed else "fail",
        "max_score": report.max_points,
        "tests": tests,
    }
    lines = [f"## {report.points} of {report.max_points} points", ""]
    lines += ["| exercise | points | |", "|---|---:|---|"]
    for row in report.rows():
        points = f"{row.points} of {row.max_points}" if row.max_points else "bonus"
        lines.append(f"| {_words(row.name)} | {points} | {_words(row.reason or row.status)} |")
    missing = ", ".join(sandbox.not_enforced)
    lines += ["", f"Not enforced on this machine: {_words(missing)}." if missing else ""]
    return result, "\n".join([*lines, ""])


def _without_points(reason: str, worth: int | None) -> tuple[dict[str, Any], str]:
    """What is said where there is nothing to add up."""
    test = _test("tinytorch", 0, worth or 0, plain(reason)) | {"status": "error"}
    result: dict[str, Any] = {"version": 1, "status": "error", "tests": [test]}
    if worth is not None:
        result["max_score"] = worth
    return result, f"## No points\n\n{_words(plain(reason))}\n"


def _test(name: str, score: int, worth: int, message: str) -> dict[str, Any]:
    """One test in the words of Classroom's reporter."""
    status = "pass" if score == worth else "fail"
    return {
        "name": name, "status": status, "score": score, "max_score": worth,
        "message": message, "test_code": "", "filename": "", "line_no": 0,
    }  # fmt: skip


def _words(text: str) -> str:
    """Text that is not taken for Markdown."""
    return MARKDOWN.sub(r"\\\1", plain(text))


def _append(variable: str, text: str) -> None:
    if path := os.environ.get(variable):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
