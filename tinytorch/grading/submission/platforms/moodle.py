"""Moodle: `FULL NAME_ID_assignsubmission_file[_]/`, or `..._file_FILENAME` without folders.

ID is the number of the participant in this assignment, by which the grading worksheet and the
import of feedback files know the student. Text that was typed in is in `..._onlinetext[_]`.

Source: the importer reads such names back in mod/assign/feedback/file/importziplib.php of
https://github.com/moodle/moodle.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tinytorch.grading.submission.platforms.upload import Upload

# The first number before the plugin is the platform's: what follows, a student may have chosen.
ENTRY = re.compile(
    r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<own>.*))?"
)


def parse(entries: Sequence[Path], lesson: str) -> dict[Path, list[Upload]]:
    """The uploads of a Moodle download."""
    found = {}
    for path in entries:
        if match := ENTRY.fullmatch(path.name):
            name, number = match["name"], match["id"]
            found[path] = [
                Upload(
                    path, name, f"{name}\0{number}", number,
                    name=match["own"] or "",
                    is_companion=match["plugin"] != "file",
                    # Its importer takes what stands behind the first underscore for the number.
                    feedback=f"{name.replace('_', '-')}_{number}_assignfeedback_file_/",
                )
            ]  # fmt: skip
    return found
