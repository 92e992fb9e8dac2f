"""GitHub Classroom: a clone `ASSIGNMENT-LOGIN/` of each repository, side by side.

The folders have a .git; where it was removed, they begin with the lesson's name in GitHub's
spelling, such as `15-quantization-janedoe`.

Source: `gh classroom clone student-repos` in https://github.com/github/gh-classroom.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from tinytorch.grading.submission.platforms.upload import Upload, is_folder


def parse(entries: Sequence[Path], lesson: str) -> dict[Path, list[Upload]]:
    """The uploads of the clones of a classroom."""
    folders = [path for path in entries if is_folder(path)]
    prefix = f"{lesson.replace('_', '-')}-".casefold()
    named = [path for path in folders if path.name.casefold().startswith(prefix)]
    if not named:
        named = [path for path in folders if (path / ".git").exists()]
        names = sorted(path.name.casefold() for path in named) or [""]
        first, last = names[0], names[-1]  # what these two share, all share
        same = [
            a for a, b in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
        ]
        prefix = "".join(same)[: "".join(same).rfind("-") + 1]
        if len(named) < 2 or not prefix:
            return {}
    logins = {path: path.name[len(prefix) :] for path in named}
    return {
        path: [Upload(path, login, path.name, login)] for path, login in logins.items() if login
    }
