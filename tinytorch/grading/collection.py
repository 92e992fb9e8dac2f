"""A pytest plugin: nothing that lies beside a lesson's suite or a submission is imported.

pytest imports every file that it collects, and every conftest.py on the way. In these folders lie
the files of students, which must not run in pytest's process; so only the suite is collected.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Generator
from importlib import metadata
from pathlib import Path

import pytest

from tinytorch.grading.course import FOLDER, KINDS

ASKED_FOR = pytest.StashKey[bool]()  # whether a lesson or a submission was
COURSE_FILES = pytest.StashKey[set[Path]]()  # the tests of a course
GROUP = "tinytorch.lessons"  # of entry points: what lessons there are, and where


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Load no conftest.py if a lesson or a submission is among the arguments."""
    options, here = early_config.known_args_namespace, early_config.invocation_params.dir
    places = [(here / each.split("::")[0]).resolve() for each in options.file_or_dir]
    if options.submission:
        _refuse_configuration(early_config, (here / options.submission).resolve(), places)
    if options.submission or any(map(_lesson_folder, places)):
        options.noconftest = early_config.stash[ASKED_FOR] = True
        # `python -m pytest` puts the current folder on the path.
        sys.path[:] = [each for each in sys.path if each and each != str(here)]
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Collect the tests of a course with those of its lesson."""
    here, named = config.invocation_params.dir, config.getoption("--course")
    places = [(here / each.split("::")[0]).resolve() for each in config.args]
    if course := _course_folder(None if named is None else here / named, places):
        files = [path.resolve() for kind in KINDS for path in sorted(course.glob(f"{kind}_*.py"))]
        config.args += map(str, files)
        config.stash[COURSE_FILES] = set(files)


@pytest.hookimpl(tryfirst=True)
def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Refuse files that may be a student's, and lessons that were not asked for."""
    path, named = collection_path.resolve(), config.getoption("--submission")
    if path in config.stash.get(COURSE_FILES, ()):
        return None
    lesson = _lesson_folder(path)
    if path.is_dir():
        # Asked for, it is collected without any conftest.py.
        return True if lesson and not config.stash.get(ASKED_FOR, False) else None
    beside = None
    if named:
        beside = (config.invocation_params.dir / named).resolve().parent
    if beside is not None and path.is_relative_to(beside):
        return None if _is_suite(path) else True
    return True if lesson and path.name not in _suites() else None


def _refuse_configuration(config: pytest.Config, submission: Path, asked_for: list[Path]) -> None:
    """Refuse to obey a pytest.ini or its like that may have been handed in with a submission."""
    if config.inipath is None:
        return
    folder = config.inipath.resolve().parent
    lessons = [lesson for each in asked_for if (lesson := _lesson_folder(each))]
    ours = any(each != folder and each.is_relative_to(folder) for each in lessons)
    if folder in (submission.parent, submission.parent.parent) and not ours:
        raise pytest.UsageError(
            f"--submission: {config.inipath} lies with the submission and is not obeyed; use the "
            f"command `tinytorch grade`, or add -c {os.devnull}"
        )


def _course_folder(asked_for: Path | None, places: list[Path]) -> Path | None:
    """The folder of a course: the one that was asked for, or that of a lesson that was."""
    if asked_for is not None:
        if not asked_for.is_dir():
            raise pytest.UsageError(f"--course: there is no folder {asked_for}")
        return asked_for
    lessons = filter(None, map(_lesson_folder, places))
    return next((each / FOLDER for each in lessons if (each / FOLDER).is_dir()), None)


def _lesson_folder(path: Path) -> Path | None:
    """The folder at or above a path that has the suite of a lesson in it, if there is one."""
    for folder in (path, *path.parents):
        if any((folder / name).is_file() for name in _suites()):
            return folder
    return None


@functools.cache
def _suites() -> dict[str, metadata.EntryPoint]:
    """The names of the lessons' suites, and how to find the lessons."""
    return {f"test_{each.name}.py": each for each in metadata.entry_points(group=GROUP)}


def _is_suite(path: Path) -> bool:
    """Whether a file is the suite of a lesson, or a copy of it."""
    entry = _suites().get(path.name)
    return entry is not None and path.read_bytes() == entry.load().suite.read_bytes()
