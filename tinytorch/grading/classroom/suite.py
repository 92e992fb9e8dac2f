"""Which suite grades: its version, and how another machine finds its own copy of it."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
from collections.abc import Callable
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
    for path in [lesson.suite, *own, *code]:
        content.update(hashlib.sha256(path.read_bytes()).digest())
    return content.hexdigest()


def reference_to(lesson: Lesson) -> str:
    """How another process finds its own copy of a lesson, with the files that it has there.

    Returns:
        MODULE:ATTRIBUTE.

    Raises:
        ValueError: if the lesson is in none of the modules of its functions, nor in a package
            that holds them.
    """
    for part in _parts(lesson):
        names = part.__module__.split(".")
        for end in range(len(names), 0, -1):
            module = ".".join(names[:end])
            for attribute, value in vars(sys.modules[module]).items():
                if value is lesson:
                    return f"{module}:{attribute}"
    raise ValueError(
        f"the lesson {lesson.name} cannot be found by other machines: expected an attribute of "
        f"the module {lesson.client.__module__} or of a package that holds it"
    )


def lesson_of(reference: str) -> Lesson:
    """The lesson that `reference_to` was called with, as it is here."""
    module, _, attribute = reference.partition(":")
    lesson: Lesson = getattr(importlib.import_module(module), attribute)
    return lesson


def _parts(lesson: Lesson) -> tuple[Callable[..., Any], ...]:
    plan = lesson.carry_forward_plan
    return (lesson.client, lesson.reference, lesson.proxies, lesson.service, plan)
