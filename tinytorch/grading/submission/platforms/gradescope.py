"""Gradescope: `submission_metadata.yml`, and a folder `submission_NUMBER` for each submission.

The metadata are YAML with Ruby's symbols as keys: of each folder its :submitters (:name, :sid,
:email; several for a group), :created_at, and in :history the attempts before, whose files
are not exported.

Sources: https://help.gradescope.com (Exporting submissions), and the parser of metadata in
https://github.com/ucbds-infra/otter-grader (otter/grade, version 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tinytorch.core.system import optional
from tinytorch.grading.submission.platforms.upload import Upload

METADATA = "submission_metadata.yml"
MAX_METADATA_BYTES = 200_000_000  # all results of all attempts are in it


def parse(entries: Sequence[Path], lesson: str) -> dict[Path, list[Upload]]:
    """The uploads of a Gradescope export.

    Raises:
        ValueError: if the metadata cannot be read.
    """
    source = next((path for path in entries if path.name == METADATA), None)
    if source is None:
        return {}
    folders = {path.name: path for path in entries}
    found: dict[Path, list[Upload]] = {source: []}
    for name, values in _metadata(source).items():
        if str(name) in folders and isinstance(values, dict):
            path = folders[str(name)]
            found[path] = [_upload(path, values)]
    return found


def _metadata(path: Path) -> dict[Any, Any]:
    with optional("pyyaml", "grade", "a Gradescope export"):
        import yaml
    try:
        if path.is_symlink() or path.stat().st_size > MAX_METADATA_BYTES:
            raise ValueError("it is a link, or too large")
        with path.open("rb") as file:
            values = yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        if not isinstance(values, dict):
            raise ValueError("it has no list of submissions")
        return values
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(
            f"{path.name} cannot be read ({reason}); with --platform none, the folders are graded "
            "without the names in it"
        ) from None


def _upload(path: Path, values: dict[Any, Any]) -> Upload:
    submitters = [each for each in values.get(":submitters") or [] if isinstance(each, dict)]
    keys = [str(each[key]) for key in (":sid", ":email") for each in submitters if each.get(key)]
    names = [str(each[":name"]) for each in submitters if each.get(":name")]
    history = values.get(":history")
    return Upload(
        path, " and ".join(names) or path.name, path.name, keys[0] if keys else "",
        others=tuple(keys[1:]),
        time=_time(values.get(":created_at")),
        attempt=len(history) + 1 if isinstance(history, list) else 0,
    )  # fmt: skip


def _time(value: Any) -> str:
    """YAML has times; one that is written in another way is not known."""
    return value.isoformat(" ", "seconds") if isinstance(value, datetime) else ""
