"""What a course changes about a lesson: what tests are worth, and tests of its own.

A folder says it, in files that may all be missing:

    points.csv     test,points: replaces what the suite's tests are worth
    test_*.py      more tests, marked like those of the suite; `check` runs them too
    hidden_*.py    tests that only the grader runs: `check` and what students get lack them
    course.toml    due, late, hidden_until, hidden: see `Course`
"""

from __future__ import annotations

import ast
import csv
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from tinytorch.core.system import optional
from tinytorch.grading.course.late import LatePolicy

FOLDER = "course"  # beside a lesson's suite
KINDS = ("test", "hidden")  # of files with tests: NAMEs begin so
VISIBLE, HIDDEN = "visible", "hidden"
# Gradescope's words: https://gradescope-autograders.readthedocs.io/en/latest/specs/
VISIBILITIES = (HIDDEN, "after_due_date", "after_published", VISIBLE)
SETTINGS = {"due": datetime, "late": str, "hidden_until": date, "hidden": str}


@dataclass(frozen=True)
class Course:
    """A course's own points, tests and dates.

    Attributes:
        points: what tests are worth, by the name of their functions.
        tests: files with more tests, for everybody.
        hidden_tests: files with tests that students do not have.
        due: when work is to be handed in, or None.
        late: what becomes of points that are earned late.
        hidden_until: the day from which students see what hidden tests found, or None for never.
        hidden: one of Gradescope's words, for how it treats hidden tests before that day.
    """

    points: Mapping[str, int] = field(default_factory=dict)
    tests: tuple[Path, ...] = ()
    hidden_tests: tuple[Path, ...] = ()
    due: datetime | None = None
    late: LatePolicy = field(default_factory=LatePolicy)
    hidden_until: date | None = None
    hidden: str = HIDDEN

    def visibility_of_hidden(self, today: date | None = None) -> str:
        """Whether students see what hidden tests find: one of VISIBILITIES."""
        is_shown = self.hidden_until and (today or date.today()) >= self.hidden_until
        return VISIBLE if is_shown else self.hidden


def read_course(folder: Path, suite: Path) -> Course:
    """Read what a folder says about a course.

    Args:
        folder: of the course; one that is not there changes nothing.
        suite: of the lesson, whose tests may get other points.

    Raises:
        ValueError: if something in it is not as described above; it says what.
    """
    files = [[path.resolve() for path in sorted(folder.glob(f"{kind}_*.py"))] for kind in KINDS]
    tests, hidden = map(tuple, files)
    names: dict[str, Path] = {}
    for path in (suite.resolve(), *tests, *hidden):
        for name in test_names(path):
            if name in names:
                raise ValueError(f"{path} and {names[name]} both have a test {name}: rename one")
            names[name] = path
    points = _points(folder / "points.csv")
    if unknown := sorted(points.keys() - names.keys()):
        raise ValueError(f"{folder / 'points.csv'} has {unknown[0]}, which is no test of the suite")
    return Course(points, tests, hidden, **_settings(folder / "course.toml"))


def test_names(path: Path) -> list[str]:
    """The names of the tests in a file, which is not imported for that.

    Raises:
        ValueError: if it does not parse.
    """
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError as error:
        raise ValueError(f"{path} does not parse: line {error.lineno}: {error.msg}") from None
    functions = [each.name for each in tree.body if isinstance(each, ast.FunctionDef)]
    return [name for name in functions if name.startswith("test")]


def _points(path: Path) -> dict[str, int]:
    if not path.exists():
        return {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"test", "points"} <= set(rows.fieldnames or ()):
            raise ValueError(f"{path} needs the columns test and points, and has {rows.fieldnames}")
        points = {}
        for row in rows:
            text = (row["points"] or "").strip()
            if not text.isdecimal():
                raise ValueError(f"{path}: the points of {row['test']} are {text!r}, not 0, 1, ...")
            points[row["test"].strip()] = int(text)
    return points


def _settings(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        with optional("tomli", "grade", "course.toml"):  # pytest brings it
            import tomli as tomllib
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is not TOML: {error}") from None
    for name, value in settings.items():
        if name not in SETTINGS:
            raise ValueError(f"{path} has {name!r}; what it may have is {', '.join(SETTINGS)}")
        kind = SETTINGS[name]
        if not isinstance(value, kind) or (kind is date and isinstance(value, datetime)):
            raise ValueError(f"{path}: {name} is {value!r}, where a {kind.__name__} was expected")
    if settings.get("hidden", HIDDEN) not in VISIBILITIES:
        raise ValueError(f"{path}: hidden is {settings['hidden']!r}, none of {VISIBILITIES}")
    if "late" in settings:
        try:
            settings["late"] = LatePolicy(settings["late"])
        except ValueError as error:
            raise ValueError(f"{path}: late: {error}") from None
    if "due" in settings and settings["due"].tzinfo is None:
        settings["due"] = settings["due"].astimezone()  # a time without a zone is this machine's
    return settings
