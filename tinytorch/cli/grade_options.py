"""The options of `tinytorch grade`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

PLATFORMS = (
    *("blackboard", "brightspace", "canvas", "drive", "github", "gradescope", "ilias", "moodle"),
    *("nbgrader", "none"),
)
GRADEBOOKS, FEEDBACK = ("canvas", "moodle", "blackboard"), ("canvas", "moodle")


def add_grade(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add the command to the parser; returns its own parser."""
    grade = subparsers.add_parser(
        "grade",
        help="grade a notebook or script of the lesson, or those of a whole class",
        description="Grade submissions. Their code runs in a sandbox and nowhere else.",
        epilog="A class that was interrupted goes on where it stopped, with the same command.",
    )
    grade.add_argument(
        "source", metavar="FILE|FOLDER", type=Path,
        help="an .ipynb or .py file; or a class: a folder of files or of students' folders, or "
        "the .zip of a learning platform",
    )  # fmt: skip
    grade.add_argument(
        "--json", action="store_true",
        help="of a file, or of the folder of one student: print its results.json",
    )  # fmt: skip
    grade.add_argument(
        "--fail-under", type=_not_negative, metavar="POINTS",
        help="exit with status 1 if a submission has fewer points, or could not be graded",
    )  # fmt: skip
    grade.add_argument(
        "--course", metavar="FOLDER", type=Path,
        help="a course's own points.csv, tests (test_*.py, hidden_*.py) and course.toml with its "
        "dates and late policy",
    )  # fmt: skip
    grade.add_argument(
        "--seed", type=_not_negative, metavar="S",
        help="what the tests make their inputs from (drawn; a class keeps it from run to run)",
    )  # fmt: skip
    grade.add_argument(
        "--seconds", type=_positive, metavar="T", default=10,
        help="how long one exercise of a submission may run (10)",
    )  # fmt: skip
    grade.add_argument(
        "--total-seconds", type=_positive, metavar="T", default=60,
        help="how long all of a submission may run (60)",
    )  # fmt: skip
    grade.add_argument(
        "--memory", type=_positive, metavar="MB", default=1000,
        help="how much a submission may allocate (1000)",
    )  # fmt: skip
    _add_class(grade.add_argument_group("a class"))
    grade.set_defaults(run=_run)
    return grade


def _run(options: argparse.Namespace) -> int:
    from tinytorch.cli.grade import grade

    return grade(options)


def _add_class(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "-o", "--output", metavar="RESULTS", type=Path,
        help="the folder for grades.csv, summary.html and what each student gets",
    )  # fmt: skip
    group.add_argument("--jobs", type=_positive, metavar="N", help="how many are graded at once")
    group.add_argument(
        "--platform", choices=PLATFORMS, metavar="NAME",
        help=f"whose download it is: {', '.join(PLATFORMS)} (recognised by its layout)",
    )  # fmt: skip
    group.add_argument(
        "--roster", metavar="ROSTER.csv", type=Path,
        help="the students of the course: everybody on it gets a row. Any table with titles such "
        "as name, id, login or e-mail, such as a gradebook",
    )  # fmt: skip
    group.add_argument(
        "--gradebook", nargs=2, metavar=("PLATFORM", "FILE.csv"),
        help=f"write the points as {', '.join(GRADEBOOKS)} import them: into this assignment's "
        "column of the file that the platform exported, or into a new file",
    )  # fmt: skip
    group.add_argument(
        "--column", metavar="TITLE", help="of the gradebook (found by the lesson's name)"
    )
    group.add_argument(
        "--feedback", nargs=2, metavar=("PLATFORM", "FILE.zip"),
        help=f"write the pages of feedback as {' and '.join(FEEDBACK)} take them back",
    )  # fmt: skip
    group.add_argument(
        "--cluster", metavar="ADDRESS",
        help="grade on the workers of the Dask scheduler there, such as tcp://scheduler:8786 "
        "(needs the extra `cluster`)",
    )  # fmt: skip
    group.add_argument(
        "--similarity", action="store_true",
        help="write similarity.html and .csv, with the code that students share",
    )  # fmt: skip
    group.add_argument(
        "--answer-key", metavar="KEY.py", type=Path, help="of --similarity: compare with it too"
    )
    group.add_argument(
        "--only", metavar="NAME",
        help="grade this student again, by name, id or e-mail address, and nobody else",
    )  # fmt: skip
    group.add_argument(
        "--regrade", action="store_true",
        help="go on where RESULTS holds those of another version of the suite, or another class",
    )  # fmt: skip


def _positive(text: str) -> int:
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"expected a number from 1, got {text!r}")
    return int(text)


def _not_negative(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a number from 0, got {text!r}")
    return int(text)
