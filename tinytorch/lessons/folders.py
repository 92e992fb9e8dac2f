"""Where the lessons are: their files, and their definitions by name."""

from __future__ import annotations

import importlib
from pathlib import Path

from tinytorch.grading.lesson import Lesson

PACKAGE = Path(__file__).parents[1]
LESSONS = {"15_quantization": "tinytorch.lessons.quantization:LESSON"}
DEFAULT = "15_quantization"


def module_folder(name: str) -> Path:
    """The folder of a lesson's files: `modules/NAME` of the clone, or of the installed package."""
    in_clone = PACKAGE.parent / "modules" / name
    return in_clone if in_clone.is_dir() else PACKAGE / "modules" / name


def find_lesson(name: str = DEFAULT) -> Lesson:
    """Find a lesson.

    Args:
        name: of one of tinytorch's lessons, or MODULE:ATTRIBUTE for one that is elsewhere.

    Raises:
        ImportError: if the module cannot be imported.
        ValueError: if there is no such lesson.
    """
    module, _, attribute = LESSONS.get(name, name).partition(":")
    if not attribute:
        raise ValueError(
            f"there is no lesson {name!r}; the lessons are {', '.join(LESSONS)}, and others are "
            "named as MODULE:ATTRIBUTE"
        )
    lesson = getattr(importlib.import_module(module), attribute, None)
    if not isinstance(lesson, Lesson):
        raise ValueError(f"{name} is not a Lesson")
    return lesson
