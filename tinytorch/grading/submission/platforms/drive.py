"""Google Drive: files `LESSON - NAME.ipynb` by Forms, `NAME - LESSON.ipynb` by Classroom.

A file whose name does not say whose it is stays a submission under its own name, and so does one to
which Drive or a browser gave a number, `15_quantization (1).ipynb`: that is another student's.

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
    by_form = re.compile(rf"{title}[^-]*? - (?P<name>.+)", re.IGNORECASE)
    by_classroom = re.compile(rf"(?P<name>.+?) - {title}.*", re.IGNORECASE)
    found = {}
    for path in entries:
        match = by_form.fullmatch(path.stem) or by_classroom.fullmatch(path.stem)
        if match and not is_folder(path):
            name = NUMBER.sub("", match["name"]).strip()
            if name and not COPY.fullmatch(name):
                number = re.search(r"\((\d+)\)$", path.stem)
                serial = int(number[1]) if number else 0
                found[path] = [
                    Upload(path, name, name, serial=serial, name=f"{lesson}{path.suffix}")
                ]
    return found
