"""Packs the pages of feedback under the names by which a platform knows whose each is.

Canvas reads the ids of student and file from the names that its download gave, and shows the page
as a comment; Moodle reads the participant from the name of a folder. What they read is in
`infer_comment_context_from_filename` of https://github.com/instructure/canvas-lms and in
mod/assign/feedback/file/importziplib.php of https://github.com/moodle/moodle.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

from tinytorch.core import system
from tinytorch.grading.submission.files import SubmissionFile

PLATFORMS = ("canvas", "moodle")
PAGE = "feedback.html"


def write_feedback(
    platform: str, path: Path, pages: Iterable[tuple[SubmissionFile, Path]]
) -> list[str]:
    """Write the zip file.

    Args:
        platform: one of PLATFORMS.
        path: of the zip file.
        pages: each submission with its page of feedback.

    Returns:
        The students whose submissions are not called as the platform calls them.

    Raises:
        OSError: if a page cannot be read, or the zip file cannot be written.
        ValueError: if that is so of all.
    """
    left, packed = [], 0
    with (
        system.replacing(path) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for each, page in pages:
            if not each.feedback or (platform == "moodle") != each.feedback.endswith("/"):
                left.append(each.student)
                continue
            archive.writestr(f"{each.feedback}{PAGE}", page.read_bytes())
            packed += 1
        if not packed:
            raise ValueError(
                f"no submission is called as in a download of {platform}, so that its import would "
                f"know nobody: there is no {path}"
            )
    return left
