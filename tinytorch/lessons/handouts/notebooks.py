"""The notebooks of handouts: with the answers, with both stub and answer, and without."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from tinytorch.core.system import optional
from tinytorch.grading.lesson import Lesson
from tinytorch.grading.reports.report import Report, Result
from tinytorch.lessons.folders import PACKAGE, module_folder
from tinytorch.lessons.release import exercise_cells, fill, handout
from tinytorch.lessons.site.wheels import write_library

with optional("jupytext and nbformat", "learn", "a handout"):
    import jupytext
    import nbformat

MIN_ANSWER = 20  # characters of a line by which an answer is found again


class Sources:
    """A lesson and the key to it, from which all handouts are made.

    Args:
        lesson: the lesson.
        key: a script in jupytext's percent format with the answers; by default the clone's.

    Raises:
        FileNotFoundError: if no key is given and this is no clone.
        ValueError: if the key has other exercises.
    """

    def __init__(self, lesson: Lesson, key: Path | None = None) -> None:
        self.lesson = lesson
        self.key_path = key or clones_key(lesson)
        self.key = jupytext.reads(self.key_path.read_text(encoding="utf-8"), fmt="py:percent")
        fill(self.untouched(), self.key)

    @property
    def file_name(self) -> str:
        """The name of the notebook."""
        return f"{self.lesson.name}.ipynb"

    def write_library(self, folder: Path, with_hidden_tests: bool = False) -> Path:
        """Write the wheel of the library, with its lessons, into a folder; returns its path.

        Args:
            folder: where it is to be; it exists.
            with_hidden_tests: whether it has the course's hidden tests too, which are for graders.

        Raises:
            ValueError: if the lesson is not one of them.
        """
        if self.lesson.folder != module_folder(self.lesson.name):
            raise ValueError(
                "a handout with the library holds a lesson that comes with tinytorch, not "
                f"{self.lesson.name}"
            )
        return write_library(folder, self.lesson, with_hidden_tests)

    def untouched(self) -> Any:
        """The notebook that students start with."""
        return nbformat.reads(handout(self.lesson)[self.file_name].decode(), as_version=4)

    def with_both(self, begin: str, end: str) -> Any:
        """The notebook in whose exercise cells the answer follows the stub.

        What stands between the marks is taken out for students, so that they get the stub.

        Args:
            begin: the line before the answer.
            end: the line behind it.
        """
        notebook = self.untouched()
        answers = exercise_cells(self.key)
        for name, cell in exercise_cells(notebook).items():
            cell.source = f"{cell.source}\n\n\n{begin}\n{answers[name].source}\n{end}"
        return notebook

    def answered(self, notebook: Any) -> Any:
        """A copy of a notebook of this lesson with the answers in the place of the stubs."""
        return fill(notebook, self.key)

    def points(self) -> dict[str, int]:
        """What every exercise is worth, but for a bonus, as the suite says."""
        scores = self._reference_report.scores
        return {score.exercise: score.max_points for score in scores if score.max_points}

    def tests(self) -> list[Result]:
        """The tests of the suite, but for those of a bonus; the reference passes all of them."""
        return [result for result in self._reference_report.results if result.points]

    @functools.cached_property
    def _reference_report(self) -> Report:
        with optional("pytest", "grade", "a handout"):
            from tinytorch.grading.runner import grade
        return grade(self.lesson, self.lesson.reference())

    def answers(self) -> list[str]:
        """The longest line of every answer: where one of them is found, an answer is."""
        shown = "\n".join(cell.source for cell in self.untouched().cells)
        sources = [cell.source for cell in exercise_cells(self.key).values()]
        longest = [max(map(str.strip, source.splitlines()), key=len) for source in sources]
        return [line for line in longest if len(line) >= MIN_ANSWER and line not in shown]


def clones_key(lesson: Lesson) -> Path:
    """The answer key of a clone, which no wheel holds.

    Raises:
        FileNotFoundError: if this is no clone.
    """
    path = PACKAGE.parent / "tests" / "submissions" / lesson.name / "solution.py"
    if not path.is_file():
        raise FileNotFoundError(
            "the answer key is needed, to see that it earns all points: --answer-key KEY.py"
        )
    return path


def is_looked_at_only(cell: Any) -> bool:
    """Whether a cell draws a figure or shows points, which no grading needs."""
    lines = cell.source.splitlines()
    return cell.cell_type == "code" and any(
        line.startswith(("experiments.", "check(", "hint(")) for line in lines
    )


def new_cell(kind: str, source: str, identity: str) -> Any:
    """A cell of the kind "code", "markdown" or "raw", with an id that is always the same."""
    return getattr(nbformat.v4, f"new_{kind}_cell")(source, id=identity.replace(" ", "-"))


def write(notebook: Any, path: Path) -> None:
    """Write a notebook as the handed out ones are written."""
    nbformat.validate(notebook)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def read(path: Path) -> Any:
    """Read a notebook."""
    return nbformat.read(path, as_version=4)
