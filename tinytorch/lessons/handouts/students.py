"""What students get: the notebook, the library as a wheel, and how to begin, in one folder."""

from __future__ import annotations

import tempfile
from pathlib import Path
from zipfile import ZipFile

from tinytorch.lessons.handouts.gate import Earned, graded, require_no_answers
from tinytorch.lessons.handouts.notebooks import Sources, read, write
from tinytorch.lessons.handouts.texts import text

HAND_IN = "Hand in the file `{}` of this folder, and no other."


def build(folder: Path, sources: Sources, submit: str = HAND_IN) -> None:
    """Write the files.

    Args:
        folder: an empty one.
        sources: the lesson and its key.
        submit: how to hand in, with {} for the name of the notebook.
    """
    write(sources.untouched(), folder / sources.file_name)
    wheel = sources.write_library(folder)
    page = text("students.md", sources, wheel=wheel.name, submit=submit.format(sources.file_name))
    (folder / "README.md").write_text(page, encoding="utf-8")


def gate(folder: Path, sources: Sources) -> Earned:
    """Grade by the library in the folder; see also that no answer is in it.

    Args:
        folder: what `build` wrote.
        sources: the lesson and its key.

    Raises:
        HandoutError: if an answer is in there.
    """
    require_no_answers(folder, sources.answers())
    notebook = folder / sources.file_name
    return graded_by_wheel(folder, sources, notebook)


def graded_by_wheel(folder: Path, sources: Sources, notebook: Path) -> Earned:
    """Grade a notebook and its answered copy by the library of the wheel in a folder."""
    with tempfile.TemporaryDirectory() as temporary:
        library = Path(temporary, "library")
        unpack_wheel(folder, library)
        answered = Path(temporary, "key", sources.file_name)
        write(sources.answered(read(notebook)), answered)
        key, untouched = graded(answered, library), graded(notebook, library)
    return Earned(key["score"], untouched["score"], key["extra_data"]["max_points"])


def unpack_wheel(folder: Path, library: Path) -> None:
    """Unpack the library's wheel of a folder to where it can be imported from."""
    (wheel,) = folder.rglob("tinytorch-*.whl")
    with ZipFile(wheel) as archive:
        archive.extractall(library)
