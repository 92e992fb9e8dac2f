"""`check`: what students call in the notebook to see which points they have.

from tinytorch.lessons import check

check("quantize_int8")   # grades that exercise on the definitions of this notebook
check(quantize_int8)     # the same
check()                  # the score so far
"""

from __future__ import annotations

import builtins
import dis
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from tinytorch.core.system import optional
from tinytorch.grading.in_process import SECONDS
from tinytorch.grading.lesson import Lesson
from tinytorch.lessons.folders import find_lesson
from tinytorch.lessons.naming import ShownInOneSentence, exercise_of
from tinytorch.lessons.other_files import other_files, sentence

if TYPE_CHECKING:
    from tinytorch.grading.reports.report import Report

SEED = secrets.randbits(32)


class CheckInterruptedError(ShownInOneSentence, KeyboardInterrupt):
    """Somebody pressed Ctrl+C, or "interrupt" in Jupyter; the message says where that was."""


def check(
    exercise: str | Callable[..., Any] | None = None,
    *,
    seed: int | None = None,
    seconds: float = SECONDS,
    lesson: Lesson | None = None,
) -> Report:
    """Grade the definitions of the notebook (or script) that calls this, as an instructor would.

    The same tests run as for `pytest modules/15_quantization`, on the definitions as they are
    now. An exercise that comes later is graded with right versions of the earlier ones where
    those are wrong, so that a mistake costs points once. What the definitions print is shown
    below the points.

    Args:
        exercise: the name of an exercise, such as "quantize_int8", or a function that it asks
            for; all exercises by default.
        seed: what the tests make their inputs from; by default the same until Python ends.
        seconds: how long the definitions may run for one exercise. It is a limit in the main
            thread, where notebooks run their cells.
        lesson: whose suite grades; by default the quantization lesson's.

    Returns:
        A report: a table in Jupyter, plain text elsewhere. A script that does nothing with it
        shows it too.

    Raises:
        ImportError: if pytest is not installed (it is in the `learn` extra).
        CheckInterruptedError: if the check was interrupted; a KeyboardInterrupt.
        FileNotFoundError: if the tests are not there.
        TypeError: if something is given that names no exercise.
        ValueError: if there is no exercise of that name.
    """
    with optional("pytest", "learn", "check"):
        from tinytorch.grading.runner import grade
    caller = sys._getframe(1)
    lesson = lesson or find_lesson()
    name = None if exercise is None else exercise_of(lesson, exercise).name
    try:
        report = grade(lesson, caller.f_globals, name, SEED if seed is None else seed, seconds)
    except KeyboardInterrupt as error:
        raise CheckInterruptedError(f"check was {error or 'interrupted'}") from None
    report.note = sentence(other_files(caller.f_globals, Path.cwd()))
    if _is_script(caller) and _result_is_dropped(caller):
        sys.displayhook(report)  # as a prompt shows what nobody takes
    return report


def _is_script(frame: FrameType) -> bool:
    """Whether code runs as `python FILE`, and not in a notebook or at a prompt."""
    is_main = frame.f_globals.get("__name__") == "__main__" and "__file__" in frame.f_globals
    return is_main and not hasattr(builtins, "get_ipython") and not hasattr(sys, "ps1")


def _result_is_dropped(frame: FrameType) -> bool:
    """Whether the call that a frame is at stands alone, as a statement."""
    following = (each for each in dis.get_instructions(frame.f_code) if each.offset > frame.f_lasti)
    return next((each.opname for each in following if each.opname != "CACHE"), "") == "POP_TOP"
