"""Hands out a lesson: a notebook to start with, or its files for a class or with the answers.

What students get is not paired by jupytext. Of a pair, JupyterLab shows the script's cells in the
notebook; what was edited in the notebook alone (in VS Code, say) would be refused or lost.
"""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinytorch.core.system import optional
from tinytorch.grading.lesson import Lesson
from tinytorch.lessons.folders import find_lesson

PAIRING = re.compile(r"^# +formats: ipynb,py:percent\n", re.MULTILINE)  # in a script's header


def start(folder: Path | str = ".", *, paired: bool = False, lesson: Lesson | None = None) -> Path:
    """Write a notebook to work in, and never over another one.

    Args:
        folder: made if it does not exist.
        paired: whether to write the script of the same name too, which JupyterLab then keeps in
            step. Edit either of them only there.
        lesson: by default the quantization lesson.

    Returns:
        The path of the notebook.

    Raises:
        FileExistsError: if a file of that name is there, whatever it holds.
    """
    lesson, folder = lesson or find_lesson(), Path(folder)
    names = [f"{lesson.name}.ipynb", *([f"{lesson.name}.py"] if paired else [])]
    files = _files(lesson) if paired else handout(lesson)
    for name in names:
        if os.path.lexists(folder / name):
            raise FileExistsError(
                f"{folder / name} is there already, and stays as it is: open it, or start in "
                "another folder"
            )
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        with (folder / name).open("xb") as file:
            file.write(files[name])
    return folder / names[0]


def handout(lesson: Lesson, answer_key: Path | None = None) -> dict[str, bytes]:
    """The files for students by name: notebook, script and README, but no tests.

    Args:
        lesson: whose files they are.
        answer_key: as for `release`.

    Raises:
        ImportError, ValueError: as `release`.
    """
    files = _files(lesson)
    del files[lesson.suite.name]
    if answer_key is not None:
        files.update(_answered(lesson.name, files, answer_key))
    for name, content in files.items():
        if name.endswith(".ipynb"):
            notebook = json.loads(content)
            notebook["metadata"].pop("jupytext", None)
            text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
            files[name] = f"{text}\n".encode()
        elif name.endswith(".py"):
            files[name] = PAIRING.sub("", content.decode(), count=1).encode()
    return files


def release(
    folder: Path | str,
    *,
    answer_key: Path | str | None = None,
    overwrite: bool = False,
    lesson: Lesson | None = None,
) -> list[Path]:
    """Write the lesson into a folder: the notebook, its script and the README.

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
    files = handout(lesson, None if answer_key is None else Path(answer_key))
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
    answers, stubs = exercise_cells(key), exercise_cells(notebook)
    if answers.keys() != stubs.keys():
        missing = sorted(stubs.keys() - answers.keys())
        unknown = sorted(answers.keys() - stubs.keys())
        raise ValueError(
            f"the answer key lacks {missing} and has {unknown}, which are not exercises"
        )
    filled = copy.deepcopy(notebook)
    for name, cell in exercise_cells(filled).items():
        cell.source = answers[name].source
    return filled


def _files(lesson: Lesson) -> dict[str, bytes]:
    """The lesson's own files, as they are."""
    return {path.name: path.read_bytes() for path in sorted(lesson.suite.parent.iterdir())
            if path.is_file() and not path.name.startswith(".")}  # fmt: skip


def exercise_cells(notebook: Any) -> dict[str, Any]:
    """The cells of a notebook that are an exercise's, by its name in their metadata."""
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
