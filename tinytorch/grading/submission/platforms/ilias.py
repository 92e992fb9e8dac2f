"""ILIAS: `Doe_Jane_LOGIN_123/YYYYMMDDhhmmss_FILENAME`; of teams, `Team_7/` above these folders.

Every file that was handed in stays, with the time before its name.

Source: "Multi-Feedback Download" in https://github.com/ilifau/ExerciseStatusFile, and
`ilExerciseSubmission` of https://github.com/ILIAS-eLearning/ILIAS.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tinytorch.grading.submission.platforms.upload import Upload, files_below, is_folder

FOLDER = re.compile(r"(?P<last>[^_]+)_(?P<first>[^_]+)_(?P<login>.+)_(?P<id>\d+)")
TEAM = re.compile(r"Team[ _](?P<id>\d+)", re.IGNORECASE)
FILE = re.compile(
    r"(?P<time>(?P<Y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d))_(?P<own>.+)"
)
STATUS = ("status.csv", "status.xls", "status.xlsx")  # its own list of the class


def parse(entries: Sequence[Path], lesson: str) -> dict[Path, list[Upload]]:
    """The uploads of an ILIAS download."""
    found = {}
    for path in entries:
        if not is_folder(path):
            continue
        if TEAM.fullmatch(path.name):
            members = [each for each in files_below(path) if FOLDER.fullmatch(each.name)]
            logins = tuple(_parts(each.name)["login"] for each in members)
            uploads = [
                upload._replace(student=path.name, key=path.name, id=path.name, others=logins)
                for member in members
                for upload in _uploads(member)
            ]
        else:
            uploads = _uploads(path)
        if uploads:
            found[path] = uploads
    if found:
        found |= {path: [] for path in entries if path.name.lower() in STATUS}
    return found


def _parts(name: str) -> dict[str, str]:
    match = FOLDER.fullmatch(name)
    return match.groupdict() if match else {}


def _uploads(folder: Path) -> list[Upload]:
    """A student's files, if the folder and at least one file have such names."""
    parts = _parts(folder.name)
    if not parts:
        return []
    uploads, times = [], Counter[str]()  # how often each file was handed in
    for path in files_below(folder):  # in the order of the times
        match = FILE.fullmatch(path.name)
        times[match["own"] if match else ""] += bool(match)
        uploads.append(
            Upload(
                path, f"{parts['first']} {parts['last']}", folder.name, parts["login"],
                time="{Y}-{m}-{d} {H}:{M}:{S}".format(**match.groupdict()) if match else "",
                attempt=times[match["own"]] if match else 0,
                serial=int(match["time"]) if match else 0,
                name=match["own"] if match else "",
            )
        )  # fmt: skip
    return uploads if times.total() else []
