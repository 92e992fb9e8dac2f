"""Blackboard: `ASSIGNMENT_LOGIN_attempt_YYYY-MM-DD-hh-mm-ss_FILENAME`, and receipts of attempts.

The receipt is called the same without a file name, ends in .txt, and has the full name:

    Name: Jane Doe (jdoe)
    Assignment: 15 Quantization
    Date Submitted: Thursday, October 1, 2026 12:30:00 PM CEST
    Current Grade: Not Graded Yet
    ...
    Files:
        Original filename: 15_quantization.ipynb
        Filename: 15 Quantization_jdoe_attempt_2026-10-01-12-30-00_15_quantization.ipynb

Sources: https://github.com/kwurst/bb-file-cleanup, and the parser of receipts in
https://github.com/CodeGra-de/CodeGra.de (psef/blackboard_parser.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tinytorch.grading.submission.platforms.upload import Upload, read_start

# The first that looks like a time is the platform's: what follows, a student may have chosen.
ENTRY = re.compile(
    r"(?P<start>.+?)_attempt_(?P<day>\d{4}-\d\d-\d\d)-(?P<time>\d\d-\d\d-\d\d)(?:_(?P<own>.+)|\.txt)"
)
NAME = re.compile(r"^Name:\s*(?P<name>.+?)\s*\((?P<login>[^()]+)\)\s*$", re.MULTILINE)


def parse(entries: Sequence[Path], lesson: str) -> dict[Path, list[Upload]]:
    """The uploads of a Blackboard download."""
    matches = {path: match for path in entries if (match := ENTRY.fullmatch(path.name))}
    names: dict[str, tuple[str, str]] = {}  # login and full name, by the start of the file's name
    for path, match in matches.items():
        receipt = None if match["own"] else NAME.search(read_start(path))
        if receipt and match["start"].endswith(f"_{receipt['login']}"):
            names[match["start"]] = receipt["login"], receipt["name"]
    found = {}
    for path, match in matches.items():
        last = match["start"].rpartition("_")[2]
        login, name = names.get(match["start"], (last, last))
        time = f"{match['day']} {match['time'].replace('-', ':')}"
        found[path] = [
            Upload(
                path, name, login, login,
                time=time, group=time,
                name=match["own"] or path.name,
                is_companion=not match["own"],
            )
        ]  # fmt: skip
    return found
