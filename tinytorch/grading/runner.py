"""Runs a grading suite with pytest, on definitions that are here or in a sandbox."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from tinytorch.grading.backends import Backend, SandboxBackend
from tinytorch.grading.grading_session import GradingSession
from tinytorch.grading.in_process import SECONDS, InProcessBackend
from tinytorch.grading.lesson import Lesson
from tinytorch.grading.plugin import MARKER, GradingPlugin
from tinytorch.grading.reports.report import Report
from tinytorch.grading.sandbox.sandbox import Sandbox, SandboxBrokenError

# Parts of pytest that a suite has no use for, and whose start takes time at every submission.
UNUSED = (
    *("cacheprovider", "debugging", "doctest", "faulthandler", "junitxml", "legacypath", "logging"),
    *("monkeypatch", "pastebin", "recwarn", "setuponly", "setupplan", "stepwise", "terminal"),
    *("threadexception", "tmpdir", "unittest", "unraisableexception"),
)
OPTIONS = [
    *("-s", "--noconftest", "--import-mode=importlib", "--assert=plain"),
    *(option for name in UNUSED for option in ("-p", f"no:{name}")),
    *("-W", "ignore", "--disable-plugin-autoload", "-p", "tinytorch.grading.plugin"),
    *("-c", os.devnull),  # no configuration of the folder that the student works in
]


def grade(
    lesson: Lesson,
    namespace: MutableMapping[str, Any],
    exercise: str | None = None,
    seed: int = 0,
    seconds: float = SECONDS,
) -> Report:
    """Grade definitions that live in this process: a notebook's own, or trusted ones.

    Args:
        lesson: whose suite grades them.
        namespace: the definitions; the globals of the functions in it.
        exercise: the name of the only exercise to grade; all by default.
        seed: decides what inputs the tests make up.
        seconds: how long the definitions may run for one exercise, in the main thread.

    Returns:
        The report, with what the definitions printed. A course's hidden tests are not run.

    Raises:
        FileNotFoundError: if the suite is not where the lesson is.
        KeyboardInterrupt: if the run was interrupted; it says where.
        RuntimeError: if the suite could not be run.
        ValueError: if there is no such exercise.
    """
    backend = InProcessBackend(lesson, namespace, seconds)
    try:
        report = _graded(lesson, backend, seed, exercise=exercise)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted{backend.interrupted_at}") from None
    names = [score.exercise for score in report.scores]
    report.printed = "\n".join(text for name in names if (text := str(backend.printed[name])))
    return report


def grade_file(lesson: Lesson, path: Path | str, sandbox: Sandbox, seed: int = 0) -> Report:
    """Grade a notebook or script, whose code runs in a sandbox and nowhere else.

    Args:
        lesson: whose suite grades it.
        path: the file.
        sandbox: where the code runs.
        seed: decides what inputs the tests make up.

    Returns:
        The report.

    Raises:
        UnreadableSubmissionError: if the file is not a notebook and not a script.
        FileNotFoundError: if the suite is not where the lesson is.
        KeyboardInterrupt: if the run was interrupted.
        RuntimeError: if the suite could not be run.
        SandboxBrokenError: if the sandbox itself failed, and failed again: there is no grade.
    """
    for _ in range(2):  # what failed by accident is tried again
        try:
            backend = SandboxBackend(lesson, path, sandbox)
        except SandboxBrokenError as error:
            broken = str(error)
        else:
            try:
                report = _graded(lesson, backend, seed, with_hidden_tests=True)
            finally:
                backend.close()
            if backend.broken is None:
                return report
            broken = backend.broken
        sandbox.stop()
    raise SandboxBrokenError(f"the sandbox failed twice: {broken}")


def _graded(
    lesson: Lesson,
    backend: Backend,
    seed: int,
    *,
    exercise: str | None = None,
    with_hidden_tests: bool = False,
) -> Report:
    session = GradingSession(lesson, backend, seed)
    chosen = []
    if exercise is not None:
        # Those before it too: whether they are right decides what is carried forward.
        names = lesson.exercise_names
        names = names[: names.index(lesson.exercise(exercise).name) + 1]
        chosen = ["-m", " or ".join(f"{MARKER}(name={name!r})" for name in names)]
    suite, course = lesson.suite, lesson.course
    files = [suite, *course.tests, *(course.hidden_tests if with_hidden_tests else ())]
    arguments = [*OPTIONS, "--rootdir", str(suite.parent), *chosen, *map(str, files)]
    status = pytest.main(arguments, plugins=[GradingPlugin(session)])
    if status == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"the grading suite {suite} could not be run (pytest's status {status})")
    return session.report(exercise)
