"""nbgrader: `submitted/STUDENT/ASSIGNMENT/`, with the time in a timestamp.txt.

Only the folder of the lesson counts: that of its name, else the one in which a file of its name is.

Source: "The course directory structure" in https://nbgrader.readthedocs.io, and `parse_utc` there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tinytorch.grading.submission.platforms.upload import Upload, files_below, is_folder, read_start

TIMESTAMP = "timestamp.txt"
OTHERS_ONLY = "only other assignments were handed in"
TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?(\s*UTC)?")


def parse(entries: Sequence[Path], lesson: str) -> dict[Path, list[Upload]]:
    """The uploads of nbgrader's folder `submitted`."""
    found = {}
    for path in entries:
        assignments = (
            [each for each in files_below(path) if is_folder(each)] if is_folder(path) else []
        )
        if not any((each / TIMESTAMP).is_file() or each.name == lesson for each in assignments):
            continue
        chosen = [each for each in assignments if each.name == lesson] or [
            each for each in assignments if any(lesson in file.name for file in files_below(each))
        ]
        found[path] = [_upload(path.name, each) for each in chosen] or [
            Upload(path, path.name, path.name, path.name, problem=OTHERS_ONLY)
        ]
    return found


def _upload(student: str, folder: Path) -> Upload:
    match = TIME.search(read_start(folder / TIMESTAMP))
    time = f"{match[1]} {match[2]}{'+00:00' if match[3] else ''}" if match else ""
    return Upload(folder, student, student, student, time=time)
