"""`hint`: the next hint on an exercise, for students who ask for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from tinytorch.grading.lesson import Lesson
from tinytorch.grading.reports.pages import render
from tinytorch.lessons.folders import find_lesson
from tinytorch.lessons.naming import exercise_of

_opened: Counter[tuple[str, str]] = Counter()  # (lesson, exercise) -> how many hints are open


class Hints:
    """The hints on an exercise that are open: a numbered list in Jupyter, or plain text.

    Attributes:
        opened: the hints, the last of which is new.
        left: how many there are besides.
    """

    def __init__(self, opened: tuple[str, ...], left: int) -> None:
        self.opened, self.left = opened, left

    @property
    def closing(self) -> str:
        """What follows the hints."""
        return f"{self.left} more: run the cell again." if self.left else "There are no more."

    def __repr__(self) -> str:
        numbered = [f"{number}. {text}" for number, text in enumerate(self.opened, 1)]
        return "\n".join([*numbered, self.closing])

    def _repr_html_(self) -> str:
        return render("hints.html", hints=self)


def hint(
    exercise: str | Callable[..., Any] | None = None, *, lesson: Lesson | None = None
) -> Hints:
    """Open the next hint on an exercise; they go from general to concrete.

    Args:
        exercise: its name, such as "calibrate", or a function that it asks for.
        lesson: by default the quantization lesson.

    Returns:
        The hints that are open by now, until Python ends.

    Raises:
        TypeError: if something is given that names no exercise.
        ValueError: if there is no exercise of that name.

    Example:
        >>> hint("dequantize_int8")
        1. A code stands for its distance from the zero point, in steps of the scale.
        2 more: run the cell again.
    """
    lesson = lesson or find_lesson()
    found = exercise_of(lesson, exercise)
    key = (lesson.name, found.name)
    _opened[key] = min(_opened[key] + 1, len(found.hints))
    return Hints(found.hints[: _opened[key]], len(found.hints) - _opened[key])
