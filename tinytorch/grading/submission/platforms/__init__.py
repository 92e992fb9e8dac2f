"""Reads who handed in what from the layout of a platform's download: a file for each platform.

A download is recognised by its names: the parser that knows the most of them is right. One student
could call a file as another platform would; the names of all others still decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tinytorch.grading.submission.platforms import (
    blackboard,
    brightspace,
    canvas,
    drive,
    github,
    gradescope,
    ilias,
    moodle,
    nbgrader,
)
from tinytorch.grading.submission.platforms.upload import Parser, Upload

PARSERS: dict[str, Parser] = {
    "gradescope": gradescope.parse,
    "moodle": moodle.parse,
    "blackboard": blackboard.parse,
    "brightspace": brightspace.parse,
    "ilias": ilias.parse,
    "canvas": canvas.parse,
    "github": github.parse,
    "nbgrader": nbgrader.parse,  # after those whose students' folders may hold one of the lesson
    "drive": drive.parse,
}
NONE = "none"  # no platform: every entry is a student


def uploads(
    entries: Sequence[Path], lesson: str, platform: str | None = None
) -> dict[Path, list[Upload]]:
    """What the parser of a platform knows of the entries of a folder.

    Args:
        entries: of the folder.
        lesson: the stem of the lesson's files, such as "15_quantization".
        platform: one of PARSERS, or NONE; by default, the one that knows the most entries.

    Returns:
        The uploads of each entry that was recognised; none of what the platform itself adds.

    Raises:
        ValueError: if metadata of the platform cannot be read.
    """
    if platform is not None:
        return {} if platform == NONE else PARSERS[platform](entries, lesson)
    best: dict[Path, list[Upload]] = {}
    for parse in PARSERS.values():  # of those that know as many, the first
        found = parse(entries, lesson)
        best = found if len(found) > len(best) else best
    return best
