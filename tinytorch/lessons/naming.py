"""How students name an exercise: by its name, or by what they define for it."""

from __future__ import annotations

import difflib
from typing import Any

from tinytorch.grading.lesson import Exercise, Lesson


class ShownInOneSentence:
    """An exception that Jupyter shows as its message, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class UnknownExerciseError(ShownInOneSentence, ValueError):
    """There is no such exercise; the message names the nearest one, or all."""


class NotAnExerciseError(ShownInOneSentence, TypeError):
    """Something was given that names no exercise."""


def exercise_of(lesson: Lesson, chosen: Any) -> Exercise:
    """Find an exercise.

    Args:
        lesson: whose exercise it is.
        chosen: the name of an exercise, such as "calibrate", a name that it defines, such as
            "choose_qparams", or a function or class of such a name.

    Raises:
        NotAnExerciseError: if it is neither text nor a function or class; a TypeError.
        UnknownExerciseError: if there is no such exercise; a ValueError.
    """
    name = chosen if isinstance(chosen, str) else getattr(chosen, "__name__", None)
    if not isinstance(name, str):
        raise NotAnExerciseError(
            f"expected the name of an exercise, such as {lesson.exercise_names[0]!r}, or its "
            f"function; got {chosen!r:.80}"
        )
    by_name = {each: exercise for exercise in lesson.exercises for each in exercise.defines}
    by_name |= {exercise.name: exercise for exercise in lesson.exercises}
    if name in by_name:
        return by_name[name]
    lowered = {each.lower(): each for each in by_name}
    near = difflib.get_close_matches(name.strip().lower(), lowered, 1)
    if near:
        advice = f"did you mean {lowered[near[0]]!r}?"
    else:
        advice = f"the exercises are {', '.join(lesson.exercise_names)}"
    raise UnknownExerciseError(f"there is no exercise {name!r:.80}; {advice}")
