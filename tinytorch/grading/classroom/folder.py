"""Begins or goes on with a run in the folder for results, if what is there belongs to it.

RESULTS/run.json says what the last run drew its inputs from, and which suite graded. Results of
another suite, or of another class, are not mixed with new ones unless that is asked for; folders of
students who are not in the class any more are moved, and nothing is deleted.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Collection
from itertools import count
from pathlib import Path

from tinytorch.grading.grading_session import MAX_SEED
from tinytorch.grading.reports.store import write

GO_ON = "--regrade grades all again; with another folder for the results, both are kept"


def begin(
    results: Path, seed: int | None, suite: str, students: Collection[str], regrade: bool = False
) -> int:
    """Compare a folder for results with what is to be graded, and write its run.json.

    Args:
        results: the folder.
        seed: given by the user; by default that of the last run, or a new one.
        suite: stands for the version of the suite and the library.
        students: the names of the folders of all students.
        regrade: whether results of another suite, seed or class may be replaced.

    Returns:
        The seed.

    Raises:
        OSError: if run.json cannot be written.
        ValueError: if the results there are of another suite or class, or run.json is damaged.
    """
    path = results / "run.json"
    there = {each.name for each in _folders(results / "students")}
    last_seed, last_suite = None, None
    try:
        last = json.loads(path.read_text(encoding="utf-8"))
        last_seed, last_suite = int(last["seed"]), str(last["suite"])
    except (OSError, ValueError, KeyError, TypeError):
        if there and not regrade:
            raise ValueError(
                f"{path} is missing or damaged, so that it is not known how the results there were "
                f"made: {GO_ON}"
            ) from None
    if there and last_suite not in (None, suite) and not regrade:
        raise ValueError(
            f"the results in {results} were made by another version of the suite or of tinytorch: "
            f"{GO_ON}"
        )
    if there and 2 * len(there & set(students)) < len(there) and not regrade:
        raise ValueError(
            f"the results in {results} are those of another class: of {len(there)} students there, "
            f"{len(there & set(students))} are in this one: {GO_ON}"
        )
    if seed is None:
        seed = secrets.randbelow(MAX_SEED) if last_seed is None else last_seed
    write(path, json.dumps({"seed": seed, "suite": suite}) + "\n")
    return seed


def move_former(results: Path, students: Collection[str]) -> list[str]:
    """Move the folders of those who are not among the students any more to RESULTS/former.

    Returns:
        Their names.

    Raises:
        OSError: if they cannot be moved.
    """
    moved = []
    for folder in _folders(results / "students"):
        if folder.name not in students:
            target = results / "former" / folder.name
            target.parent.mkdir(exist_ok=True)
            for number in count(2):
                if not os.path.lexists(target):
                    break
                target = target.with_name(f"{folder.name} ({number})")
            folder.rename(target)
            moved.append(folder.name)
    return moved


def _folders(above: Path) -> list[Path]:
    """The folders of results in a folder; what else a user may have put there stays."""
    names = ("results.json", "feedback.html")
    return sorted(
        each for each in (above.iterdir() if above.is_dir() else ())
        if not each.is_symlink() and any((each / name).is_file() for name in names)
    )  # fmt: skip
