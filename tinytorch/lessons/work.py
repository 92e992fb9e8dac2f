"""`my_work`: what somebody wrote in the notebook, for use in a script."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tinytorch.grading.lesson import Lesson
from tinytorch.grading.sandbox.inside.submission.cells import cells_of
from tinytorch.grading.sandbox.inside.submission.code import Statement
from tinytorch.grading.sandbox.inside.submission.definitions import definitions
from tinytorch.grading.sandbox.inside.worker import run
from tinytorch.lessons.folders import find_lesson


class Work:
    """The definitions of a notebook's exercises, as attributes.

    Args:
        file: the name of the notebook.
        found: the definitions by their names.
        missing: why names of exercises are not among them.
    """

    def __init__(self, file: str, found: dict[str, Any], missing: dict[str, str]) -> None:
        self.__dict__.update(found)
        self._file, self._found, self._missing = file, found, missing

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        reason = self._missing.get(name, "no exercise of the lesson asks for that")
        raise AttributeError(f"{self._file} does not define {name}: {reason}")

    def __repr__(self) -> str:
        return f"<work of {self._file}: {', '.join(self._found) or 'nothing yet'}>"


def my_work(path: Path | str, *, lesson: Lesson | None = None) -> Work:
    """Define what a notebook or script of the lesson defines for its exercises, and nothing else.

    The statements that are needed for them are found as the grader finds them; figures, checks and
    experiments do not run. It is your own code, so it runs here, and not in a sandbox.

        mine = my_work("15_quantization.ipynb")
        mine.quantize_model(model, [calibration_batch])

    Args:
        path: of the notebook (.ipynb) or script (.py).
        lesson: by default the quantization lesson.

    Returns:
        The definitions as attributes. One that is missing raises AttributeError, which says why.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is neither a notebook nor a script.
    """
    path, names = Path(path), (lesson or find_lesson()).defined_names
    code = definitions(cells_of(path.read_bytes(), path.suffix), names)
    namespace: dict[str, Any] = {"__name__": "__main__", "__file__": os.fspath(path)}
    errors = run([list(each) for each in code.statements], namespace)
    found = {name: namespace[name] for name in names if name in namespace}
    missing = {
        name: code.problems.get(name) or _raised(code.binders.get(name), errors)
        for name in names if name not in found
    }  # fmt: skip
    return Work(path.name, found, missing)


def _raised(binder: Statement | None, errors: list[dict[str, Any]]) -> str:
    """What the statement raised that should have defined a name."""
    for error in errors:
        if binder is not None and error["cell"] == binder.name and error["line"] >= binder.line:
            return f"{error['cell']}, line {error['line']}: {error['type']}: {error['message']}"
    return "no cell does"
