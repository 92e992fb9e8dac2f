"""Brightspace (D2L): `USER-FOLDER - FULL NAME - Oct 1, 2026 1230 PM`, a folder for each attempt.

Older versions give files, with ` - FILENAME` behind. Beside them lies an index.html. How the date
is written depends on the language of the course.

Source: the pattern in "Tools to provide an interface for Brightspace Dropbox", and examples of such
downloads in https://github.com/medhatelmasry/UnzipLHub.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from tinytorch.grading.submission.platforms.upload import Upload

ENTRY = re.compile(
    r"(?P<id>\d+)-(?P<folder>\d+) ?- (?P<name>.+?) - (?P<day>[\w.]+ [\w.]+), ?(?P<year>\d{4}),?"
    r" (?P<clock>[\d.:-]{1,8})(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?(?: - (?P<own>.+))?"
)
DAYS = ("%b %d %Y", "%B %d %Y", "%d %b %Y", "%d %B %Y")
FORMATS = [f"{day} {clock}" for day in DAYS for clock in ("%I%M %p", "%H%M")]


def parse(entries: Sequence[Path], lesson: str) -> dict[Path, list[Upload]]:
    """The uploads of a Brightspace download."""
    found: dict[Path, list[Upload]] = {}
    for path in entries:
        if match := ENTRY.fullmatch(path.name):
            found[path] = [
                Upload(
                    path, match["name"], f"{match['name']}\0{match['id']}", match["id"],
                    time=_time(match),  group=_time(match) or path.name,
                    name=match["own"] or "",
                )
            ]  # fmt: skip
    if found:
        found |= {path: [] for path in entries if path.name.lower() == "index.html"}
    return found


def _time(match: re.Match[str]) -> str:
    """The time; "" if it is not written in English."""
    clock = re.sub(r"\D", "", match["clock"]).zfill(4)
    half = f" {match['half'].upper()}M" if match["half"] else ""
    text = f"{match['day'].replace('.', '')} {match['year']} {clock}{half}"
    for form in FORMATS:
        with suppress(ValueError):
            return str(datetime.strptime(text, form))
    return ""
