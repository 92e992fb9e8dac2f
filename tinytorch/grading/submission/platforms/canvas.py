"""Canvas: `NAME[_LATE]_USERID_FILEID_FILENAME`, all in one folder.

NAME is the sortable name in small letters without spaces and signs ("doejane"), or of an anonymous
assignment `anon_CODE`. Text that was typed in is `NAME[_LATE]_USERID_text.html`, an address
`..._link.html`. Of a file that was handed in again, the name gets "-1", "-2" and so on.

Source: `add_submission`, `get_filename` and `sanitize_user_name` in lib/content_zipper.rb of
https://github.com/instructure/canvas-lms.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tinytorch.grading.submission.platforms.upload import Upload

USER = r"(?P<name>{name}?)_(?P<late>LATE_)?(?P<id>{id})"
FILE = re.compile(USER.format(name=".+", id=r"\d+") + r"_(?P<file>\d+)_(?P<own>.+)")
ANONYMOUS = re.compile(r"(?P<late>LATE_)?anon_(?P<id>[^_]+)_(?P<file>\d+)_(?P<own>.+)")
TEXT = re.compile(USER.format(name=".+", id=r"\d+") + r"_(?P<own>(?:text|link)\.html)")
CHOSEN = re.compile(r"_\d+_\d+|_LATE_")  # before that, the name ended, and the student's file began
AGAIN = re.compile(r"-(\d{1,3})$")


def parse(entries: Sequence[Path], lesson: str) -> dict[Path, list[Upload]]:
    """The uploads of a Canvas download."""
    found = {path: _upload(path, lesson) for path in entries if path.suffix}
    return {path: [upload] for path, upload in found.items() if upload}


def _upload(path: Path, lesson: str) -> Upload | None:
    match = _match(path.name, lesson)
    if not match:
        return None
    parts = match.groupdict()
    again = AGAIN.search(Path(parts["own"]).stem)
    is_text = "file" not in parts
    name = parts.get("name") or f"anon_{parts['id']}"
    return Upload(
        path, name, f"{name}\0{parts['id']}", parts["id"],
        attempt=0 if is_text else int(again[1]) + 1 if again else 1,
        serial=0 if is_text else int(parts["file"]),
        late=bool(parts["late"]),
        name=parts["own"],
        is_companion=is_text,
        feedback="" if is_text else path.name[: match.start("own")],
    )  # fmt: skip


def _match(name: str, lesson: str) -> re.Match[str] | None:
    """Where numbers in the name of a group or file leave a choice, the lesson's name decides."""
    by_lesson = re.compile(
        USER.format(name=".+", id=r"\d+") + rf"_(?P<file>\d+)_(?P<own>{re.escape(lesson)}.*)"
    )
    match = by_lesson.fullmatch(name)
    if match and not CHOSEN.search(match["name"]):
        return match
    for pattern in (ANONYMOUS, FILE, TEXT):
        if match := pattern.fullmatch(name):
            return match
    return None
