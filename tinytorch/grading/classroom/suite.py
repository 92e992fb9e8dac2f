"""Which suite grades: its version, and how another machine finds its own copy of it."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import tinytorch
from tinytorch.grading.lesson import Lesson


def suite_version(lesson: Lesson) -> str:
    """Stands for the suite and for all code that grading needs, wherever they are installed.

    Returns:
        A hash in hexadecimal digits.
    """
    package = Path(tinytorch.__file__).parent
    code = [
        path
        for path in sorted(package.rglob("*.py"))
        # Where a wheel has the lessons' own files; a clone has them elsewhere.
        if path.relative_to(package).parts[0] != "modules"
    ]
    own = [Path(inspect.getfile(part)) for part in _parts(lesson)]
    content = hashlib.sha256()
    course = lesson.course
    content.update(repr(sorted(course.points.items())).encode())
    for path in [lesson.suite, *course.tests, *course.hidden_tests, *own, *code]:
        content.update(hashlib.sha256(path.read_bytes()).digest())
    return content.hexdigest()


def reference_to(lesson: Lesson) -> str:
    """How another process finds its own copy of a lesson, with the files that it has there.

    Returns:
        MODULE:ATTRIBUTE, and behind a space the folder of its course, if that is a special one:
        it has to be at the same place there.

    Raises:
        ValueError: if the lesson is in none of the modules of its functions, nor in a package
            that holds them.
    """
    for part in _parts(lesson):
        names = part.__module__.split(".")
        for end in range(len(names), 0, -1):
            module = ".".join(names[:end])
            for attribute, value in vars(sys.modules[module]).items():
                if isinstance(value, Lesson) and replace(lesson, course_folder=None) == value:
                    folder = f" {lesson.course_folder}" if lesson.course_folder else ""
                    return f"{module}:{attribute}{folder}"
    raise ValueError(
        f"the lesson {lesson.name} cannot be found by other machines: expected an attribute of "
        f"the module {lesson.client.__module__} or of a package that holds it"
    )


def lesson_of(reference: str) -> Lesson:
    """The lesson that `reference_to` was called with, as it is here."""
    name, _, folder = reference.partition(" ")
    module, _, attribute = name.partition(":")
    lesson: Lesson = getattr(importlib.import_module(module), attribute)
    return replace(lesson, course_folder=Path(folder)) if folder else lesson


def _parts(lesson: Lesson) -> tuple[Callable[..., Any], ...]:
    plan = lesson.carry_forward_plan
    return (lesson.client, lesson.reference, lesson.proxies, lesson.service, plan)
