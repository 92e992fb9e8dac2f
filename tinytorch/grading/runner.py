"""Runs a grading suite with pytest, on definitions that are here or in a sandbox."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from tinytorch.grading import plugin
from tinytorch.grading.backends import Sandboxed
from tinytorch.grading.reports.report import Report
from tinytorch.grading.sandbox.sandbox import Sandbox
from tinytorch.lessons.quantization.exercises import (
    EXERCISES,
    LESSON,
    exercise_named,
    lesson_folder,
)

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


class _Seat:
    """Gives a desk to the plugin before it sets up one of its own."""

    def __init__(self, desk: plugin.Desk) -> None:
        self.desk = desk

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[plugin.DESK] = self.desk


def grade(
    namespace: MutableMapping[str, Any], exercise: str | None = None, seed: int = 0
) -> Report:
    """Grade definitions that live in this process: a notebook's own, or trusted ones.

    Args:
        namespace: the definitions; the globals of the functions in it.
        exercise: the name of the only exercise to grade; all by default.
        seed: decides what inputs the tests make up.

    Returns:
        The report.

    Raises:
        FileNotFoundError: if the suite is not where the lesson is.
        KeyboardInterrupt: if the run was interrupted.
        RuntimeError: if the suite could not be run.
        ValueError: if there is no such exercise.
    """
    return _graded(plugin.InProcess(namespace), exercise, seed)


def grade_file(path: Path | str, sandbox: Sandbox, seed: int = 0) -> Report:
    """Grade a notebook or script, whose code runs in a sandbox and nowhere else.

    Args:
        path: the file.
        sandbox: where the code runs.
        seed: decides what inputs the tests make up.

    Returns:
        The report.

    Raises:
        CannotRead: if the file is no notebook and no script.
        FileNotFoundError: if the suite is not where the lesson is.
        KeyboardInterrupt: if the run was interrupted.
        RuntimeError: if the suite could not be run.
    """
    bench = Sandboxed(path, sandbox)
    try:
        return _graded(bench, None, seed)
    finally:
        bench.close()


def _graded(bench: plugin.Bench, exercise: str | None, seed: int) -> Report:
    desk = plugin.Desk(bench, seed)
    chosen = []
    if exercise is not None:
        # Those before it too: whether they are right decides what is carried forward.
        names = [each.name for each in EXERCISES]
        names = names[: names.index(exercise_named(exercise).name) + 1]
        chosen = ["-m", " or ".join(f"exercise(name={name!r})" for name in names)]
    path = lesson_folder() / f"test_{LESSON}.py"
    arguments = [*OPTIONS, "--rootdir", str(path.parent), *chosen, str(path)]
    status = pytest.main(arguments, plugins=[_Seat(desk)])
    if status == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"the grading suite {path} could not be run (pytest's status {status})")
    return Report([r for r in desk.results if exercise in (None, r.exercise)])
