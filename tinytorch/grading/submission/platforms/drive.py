"""Google Drive: files `LESSON - NAME.ipynb` by Forms, `NAME - LESSON.ipynb` by Classroom.

Nothing but the name says whose a file is. So each is a submission: one whose name does not say that
under its own, and two of one name side by side, as it is not known which is newer, nor whether both
are one student's.

Source: https://support.google.com/docs/answer/7322334 (files that a form collects), and copies for
each student in https://support.google.com/edu/classroom/answer/6020265.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tinytorch.grading.submission.platforms.upload import Upload, is_folder

# What systems call the copy of a file: no student's name.
COPY = re.compile(
    r"(?:copy|kopie|copie|copia|cópia|kopia|kopi|копия|副本|コピー|복사본)(?: ?\(?\d+\)?)?",
    re.IGNORECASE,
)
NUMBER = re.compile(r" ?\(\d+\)$")


def parse(entries: Sequence[Path], lesson: str) -> dict[Path, list[Upload]]:
    """The uploads of a folder of Google Drive whose names say whose they are."""
    title = re.escape(lesson).replace("_", "[ _]")
    by_form = re.compile(rf"{title}.* - (?P<name>.+)", re.IGNORECASE)  # behind what a student chose
    by_classroom = re.compile(rf"(?P<name>.+?) - {title}(?: ?\(\d+\))?", re.IGNORECASE)
    found = {}
    for path in entries:
        match = by_form.fullmatch(path.stem) or by_classroom.fullmatch(path.stem)
        name = NUMBER.sub("", match["name"]).strip() if match else ""
        if name and not is_folder(path) and not COPY.fullmatch(name):
            found[path] = [Upload(path, name, path.name, name=f"{lesson}{path.suffix}")]
    return found
