"""Reads who handed in what from the layout of a platform's download: a file for each platform.

A download is recognised by its names. Each parser is shown the entries that none before it knew,
the most certain first, so that a folder in which several downloads were gathered is read as well.
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
    "nbgrader": nbgrader.parse,
    "canvas": canvas.parse,
    "github": github.parse,
    "drive": drive.parse,
}
NONE = "none"  # no platform: every entry is a student


def uploads(
    entries: Sequence[Path], lesson: str, platform: str | None = None
) -> dict[Path, list[Upload]]:
    """What some parser knows of the entries of a folder.

    Args:
        entries: of the folder.
        lesson: the stem of the lesson's files, such as "15_quantization".
        platform: one of PARSERS, or NONE; by default, all parsers are asked.

    Returns:
        The uploads of each entry that was recognised; none of what the platform itself adds.

    Raises:
        ValueError: if metadata of the platform cannot be read.
    """
    chosen = [platform] if platform else list(PARSERS)
    found: dict[Path, list[Upload]] = {}
    for name in chosen:
        if name != NONE:
            found |= PARSERS[name]([path for path in entries if path not in found], lesson)
    return found
