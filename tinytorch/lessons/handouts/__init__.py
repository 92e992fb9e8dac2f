"""All that is handed out, each in the format of who takes it, and none of it without a gate.

`write_handout("students", "for_my_class")` builds the handout in a temporary folder, has the
format's own grading give points to the answer key and to the untouched notebook, and moves it to
its place if these are all points and none.
"""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path
from zipfile import ZipFile

from tinytorch.grading.lesson import Lesson
from tinytorch.lessons.folders import find_lesson
from tinytorch.lessons.handouts.gate import HandoutError, pack, place, require_points, targets

__all__ = ["FORMATS", "HandoutError", "write_handout"]

# A module of this package for each, with `build` and `gate`.
FORMATS = ("students", "answer_key", "nbgrader", "otter", "gradescope", "classroom")

WITH_COURSE = ("students", "gradescope", "classroom")  # what grades by the library in it


def write_handout(
    name: str,
    target: Path | str,
    *,
    answer_key: Path | str | None = None,
    overwrite: bool = False,
    lesson: Lesson | None = None,
) -> list[Path]:
    """Write a handout, if the answer key earns all points in it and the untouched notebook none.

    Args:
        name: one of FORMATS.
        target: a folder, which is made if it does not exist, or a file NAME.zip.
        answer_key: a script in jupytext's percent format; its cells with `exercise="..."` are
            the answers. By default the one of the clone.
        overwrite: whether to replace files that are there with other content.
        lesson: by default the quantization lesson.

    Returns:
        The paths of the files.

    Raises:
        FileExistsError: if a file is there with other content, and overwrite is False.
        FileNotFoundError: if no key is given and this is no clone.
        HandoutError: if the points are other ones, a grading program fails, or the handout for
            students holds an answer; a ValueError. Nothing is written then.
        ImportError: if what the format needs is not installed.
        ValueError: if there is no such format, or the lesson or the key does not fit, or the
            format cannot have the lesson's course.
    """
    if name not in FORMATS:
        raise ValueError(f"expected one of {', '.join(FORMATS)}, got {name!r}")
    if lesson is not None and lesson.course_folder and name not in WITH_COURSE:
        raise ValueError(
            f"a course's own points and tests can be in {', '.join(WITH_COURSE)}, not in {name}"
        )
    from tinytorch.lessons.handouts.notebooks import Sources

    target = Path(target)
    sources = Sources(lesson or find_lesson(), None if answer_key is None else Path(answer_key))
    module = importlib.import_module(f"tinytorch.lessons.handouts.{name}")
    with tempfile.TemporaryDirectory() as temporary:
        built = checked = Path(temporary, "built")
        built.mkdir()
        module.build(built, sources)
        if target.suffix == ".zip":
            archive, checked = Path(temporary, "built.zip"), Path(temporary, "unpacked")
            pack(built, archive)
            built = archive
            with ZipFile(archive) as file:
                file.extractall(checked)
        files = targets(built, target, overwrite)  # before the gate, which takes longer
        require_points(name, module.gate(checked, sources))
        return place(files)
