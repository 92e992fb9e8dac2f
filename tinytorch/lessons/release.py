"""Writes the files of a lesson into a folder, for students or with the answers filled in."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinytorch.core.system import optional
from tinytorch.grading.lesson import Lesson
from tinytorch.lessons.folders import find_lesson


def release(
    folder: Path | str,
    *,
    answer_key: Path | str | None = None,
    overwrite: bool = False,
    lesson: Lesson | None = None,
) -> list[Path]:
    """Write the lesson into a folder: the notebook, its script, the tests and the README.

    Nothing is written if one of the files is there already with other content, such as a
    student's work.

    Args:
        folder: made if it does not exist.
        answer_key: a script in jupytext's percent format. Its cells with `exercise="..."` take
            the place of the notebook's cells of the same exercise.
        overwrite: whether to replace files that are there.
        lesson: by default the quantization lesson.

    Returns:
        The paths of the files.

    Raises:
        FileExistsError: if a file differs from what would be written, and overwrite is False.
        ImportError: if jupytext is not installed (it is in the `learn` extra).
        ValueError: if the key lacks an exercise, or has one that the notebook lacks.
    """
    lesson = lesson or find_lesson()
    files = {path.name: path.read_bytes() for path in sorted(lesson.suite.parent.iterdir())
             if path.is_file() and not path.name.startswith(".")}  # fmt: skip
    if answer_key is not None:
        files.update(_answered(lesson.name, files, Path(answer_key)))
    folder = Path(folder)
    targets = {folder / name: content for name, content in files.items()}
    edited = [p.name for p, new in targets.items() if p.exists() and p.read_bytes() != new]
    if edited and not overwrite:
        raise FileExistsError(
            f"{folder} holds {', '.join(edited)} with other content, perhaps somebody's work: "
            "choose another folder, or ask to overwrite"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in targets.items():
        path.write_bytes(content)
    return list(targets)


def fill(notebook: Any, key: Any) -> Any:
    """Put the answers of a key into a copy of a notebook.

    Args:
        notebook: a notebook (nbformat) whose exercise cells have `exercise` in their metadata.
        key: a notebook with a cell for each of these exercises.

    Returns:
        A notebook of the same cells, in which the exercise cells have the key's source.

    Raises:
        ValueError: if the exercises of the two are not the same.
    """
    answers, stubs = _exercise_cells(key), _exercise_cells(notebook)
    if answers.keys() != stubs.keys():
        missing = sorted(stubs.keys() - answers.keys())
        unknown = sorted(answers.keys() - stubs.keys())
        raise ValueError(
            f"the answer key lacks {missing} and has {unknown}, which are not exercises"
        )
    filled = copy.deepcopy(notebook)
    for name, cell in _exercise_cells(filled).items():
        cell.source = answers[name].source
    return filled


def _exercise_cells(notebook: Any) -> dict[str, Any]:
    return {c.metadata["exercise"]: c for c in notebook.cells if "exercise" in c.metadata}


def _answered(name: str, files: Mapping[str, bytes], answer_key: Path) -> dict[str, bytes]:
    """The lesson's notebook and script with the answers in them."""
    with optional("jupytext", "learn", "filling in answers"):
        import jupytext
        import nbformat
    notebook = nbformat.reads(files[f"{name}.ipynb"].decode(), as_version=4)
    key = jupytext.reads(answer_key.read_text(encoding="utf-8"), fmt="py:percent")
    filled = fill(notebook, key)
    script = jupytext.writes(filled, fmt="py:percent")
    return {
        f"{name}.ipynb": (nbformat.writes(filled) + "\n").encode(),
        f"{name}.py": script.encode(),
    }
