"""The answer key to look at: the notebook with the answers, executed, as .ipynb and .html."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from tinytorch.core.system import optional
from tinytorch.grading.runner import grade_file
from tinytorch.grading.sandbox.sandbox import Sandbox
from tinytorch.lessons.handouts.gate import Earned, HandoutError
from tinytorch.lessons.handouts.notebooks import Sources, read, write
from tinytorch.lessons.release import release

with optional("nbclient and nbconvert", "learn", "an executed answer key"):
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError
    from nbconvert import HTMLExporter

WIDGET = "application/vnd.jupyter.widget-view+json"
MAX_SECONDS = 300  # that a cell may take; the slowest takes 15


def build(folder: Path, sources: Sources) -> None:
    """Write notebook and page, with outputs and figures, and script and README.

    Args:
        folder: an empty one.
        sources: the lesson and its key.

    Raises:
        HandoutError: if a cell raises an exception.
    """
    release(folder, answer_key=sources.key_path, lesson=sources.lesson)
    path = folder / sources.file_name
    place = {"metadata": {"path": str(folder)}}
    try:
        executed = NotebookClient(read(path), timeout=MAX_SECONDS, resources=place).execute()
    except CellExecutionError as error:
        raise HandoutError(f"nothing is written, as the answers raise an error:\n{error}") from None
    write(executed, path)
    page, _ = HTMLExporter(embed_images=True).from_notebook_node(_without_widgets(executed))
    path.with_suffix(".html").write_text(page, encoding="utf-8")


def _without_widgets(notebook: Any) -> Any:
    """A copy in which a slider's picture stands for it: on a page there is no Python behind it."""
    notebook = copy.deepcopy(notebook)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if "image/png" in output.get("data", {}):
                output.data.pop(WIDGET, None)
    return notebook


def gate(folder: Path, sources: Sources) -> Earned:
    """Grade the executed notebook, and the untouched one of the lesson.

    Args:
        folder: what `build` wrote.
        sources: the lesson and its key.
    """
    paths = [folder / sources.file_name, sources.lesson.folder / sources.file_name]
    with Sandbox() as sandbox:
        key, untouched = (grade_file(sources.lesson, path, sandbox) for path in paths)
    return Earned(key.points, untouched.points, key.max_points)
