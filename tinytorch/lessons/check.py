"""`check`: what students call in the notebook to see which points they have.

from tinytorch.lessons import check

check("quantize_int8")   # grades that exercise on the definitions of this notebook
check()                  # the score so far
"""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tinytorch.core.system import optional
from tinytorch.grading.lesson import Lesson
from tinytorch.lessons.folders import find_lesson
from tinytorch.lessons.other_files import other_files, sentence

if TYPE_CHECKING:
    from tinytorch.grading.reports.report import Report

SEED = secrets.randbits(32)


def check(
    exercise: str | None = None, *, seed: int | None = None, lesson: Lesson | None = None
) -> Report:
    """Grade the definitions of the notebook (or script) that calls this, as an instructor would.

    The same tests run as for `pytest modules/15_quantization`, on the definitions as they are
    now. An exercise that comes later is graded with right versions of the earlier ones where
    those are wrong, so that a mistake costs points once.

    Args:
        exercise: the name of an exercise, such as "quantize_int8"; all of them by default.
        seed: what the tests make their inputs from; by default the same until Python ends.
        lesson: whose suite grades; by default the quantization lesson's.

    Returns:
        A report: a table in Jupyter, plain text elsewhere.

    Raises:
        ImportError: if pytest is not installed (it is in the `learn` extra).
        FileNotFoundError: if the tests are not there.
        ValueError: if there is no exercise of that name.
    """
    with optional("pytest", "learn", "check"):
        from tinytorch.grading.runner import grade
    definitions = sys._getframe(1).f_globals
    report = grade(lesson or find_lesson(), definitions, exercise, SEED if seed is None else seed)
    report.note = sentence(other_files(definitions, Path.cwd()))
    return report
