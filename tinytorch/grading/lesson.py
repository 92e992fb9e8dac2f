"""A lesson, as data: all that the grader knows of what it grades."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tinytorch.grading.course import FOLDER, Course, read_course

if TYPE_CHECKING:
    from tinytorch.grading.client import SubmissionClient

Namespace = dict[str, Any]
Ask = Callable[..., Any]


class Exercise(NamedTuple):
    """An exercise of a lesson. What it is worth stands on the tests of the suite, nowhere else.

    Attributes:
        name: what students pass to `check`, and what the suite's tests name.
        defines: the names that a submission defines for it.
        section: the heading in the notebook under which it stands.
        is_question: whether the names are answers, numbers that a student computes by hand.
        hints: for students who ask, from general to concrete, without the answer.
    """

    name: str
    defines: tuple[str, ...]
    section: str
    is_question: bool = False
    hints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """What the grader needs to know of a lesson.

    All functions are defined at the top of a module, so that a lesson can be sent to worker
    processes.

    Attributes:
        name: the stem of its files, such as "15_quantization".
        title: its name in sentences, such as "quantization".
        folder: where its notebook NAME.ipynb, script NAME.py and suite test_NAME.py are.
        exercises: in the order of the notebook.
        client: the class of the fixture `submission` that the suite's tests get.
        reference: gives a namespace with right definitions of everything.
        proxies: makes the definitions that replace a student's wrong ones. Called as
            proxies(names, namespace, ask) where the student's code is, it returns a dict of
            definitions that compute nothing: they call ask(name, *values). The function is called
            `reference_proxies`, and its module imports `tinytorch.core` alone.
        service: service(names) gives the `ask` of these proxies, in the grader's process. It
            raises ValueError for what they have no reason to ask.
        carry_forward_plan: carry_forward_plan(exercise, wrong) lists what to try in the place of
            earlier exercises that are wrong: lists of names for `proxies`, the last one decisive.
        course_folder: where a course says what it changes (`tinytorch.grading.course`); by default
            the folder `course` beside the suite, if there is one.
    """

    name: str
    title: str
    folder: Path
    exercises: tuple[Exercise, ...]
    client: type[SubmissionClient]
    reference: Callable[[], Namespace]
    proxies: Callable[[Sequence[str], Namespace, Ask], Namespace]
    service: Callable[[Sequence[str]], Ask]
    carry_forward_plan: Callable[[str, Collection[str]], list[list[str]]]
    course_folder: Path | None = None

    @property
    def suite(self) -> Path:
        """The grading suite.

        Raises:
            FileNotFoundError: if it is not there.
        """
        path = self.folder / f"test_{self.name}.py"
        if not path.is_file():
            raise FileNotFoundError(f"the grading suite of the lesson is not at {path}")
        return path

    @functools.cached_property
    def course(self) -> Course:
        """A course's own points, tests and dates.

        Raises:
            FileNotFoundError: if its folder, or the suite, is not there.
            ValueError: if its files are not what they should be.
        """
        if self.course_folder is not None and not self.course_folder.is_dir():
            raise FileNotFoundError(f"there is no folder of a course at {self.course_folder}")
        return read_course(self.course_folder or self.folder / FOLDER, self.suite)

    @property
    def exercise_names(self) -> list[str]:
        """The names of the exercises, in order."""
        return [exercise.name for exercise in self.exercises]

    @property
    def defined_names(self) -> list[str]:
        """Everything that a submission defines."""
        return [name for exercise in self.exercises for name in exercise.defines]

    def exercise(self, name: str) -> Exercise:
        """Find an exercise.

        Raises:
            ValueError: if there is none of that name; the message lists all.
        """
        for exercise in self.exercises:
            if exercise.name == name:
                return exercise
        names = ", ".join(self.exercise_names)
        raise ValueError(f"there is no exercise {name!r}; the exercises are {names}")

    def proxies_source(self) -> str:
        """The source of the module that `proxies` is in."""
        module = inspect.getmodule(self.proxies)
        assert module is not None
        return inspect.getsource(module)
