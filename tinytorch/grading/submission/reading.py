"""Reads the file that a student handed in, as bytes.

What they hold is looked at in a sandbox, with its limits of time and memory: parsers of JSON and
Python take minutes and gigabytes for texts that are made for it. See `inside.submission`.
"""

from __future__ import annotations

from pathlib import Path

from tinytorch.grading.sandbox.inside.submission.cells import UnreadableSubmissionError

MAX_FILE_BYTES = 60_000_000


def read_content(path: Path) -> bytes:
    """Read a file that is no link to elsewhere, no device and not too large.

    Raises:
        UnreadableSubmissionError: if it is, or cannot be opened.
    """
    try:
        # A link may name any file of the machine, and the report would quote from it.
        if path.is_symlink() and path.parent.resolve() not in path.resolve(strict=True).parents:
            raise UnreadableSubmissionError("the file is a link to somewhere outside of its folder")
        if path.is_dir():
            raise UnreadableSubmissionError("this is a folder, not a file")
        if path.exists() and not path.is_file():
            raise UnreadableSubmissionError("this is a device or a pipe, not a file")
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise UnreadableSubmissionError(
                f"the file has {size / 1e6:,.0f} MB; at most {MAX_FILE_BYTES / 1e6:,.0f} MB are "
                "read: clear the outputs and save it again"
            )
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES)  # should it grow meanwhile
    except UnreadableSubmissionError:
        raise
    except (OSError, RuntimeError, ValueError) as error:  # loops of links, names with null bytes
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableSubmissionError(f"the file cannot be opened: {reason}") from None
