"""`tinytorch release`: its options, and what it does with them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

HANDOUTS = {
    "students": ("FOLDER|ZIP", "what students get: the notebook, the library, how to begin"),
    "nbgrader": ("FOLDER", "a course folder for nbgrader (needs the extra `nbgrader`)"),
    "otter": ("FOLDER", "what `otter assign` takes (needs the extra `otter`)"),
    "gradescope": ("ZIP", "an autograder for Gradescope"),
    "classroom": ("FOLDER", "a template repository for GitHub Classroom, or for GitHub Actions"),
}


def add_parser(subparsers: Any, add_lesson: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the command to a parser.

    Args:
        subparsers: of the parser.
        add_lesson: adds the option that names a lesson.
    """
    release = subparsers.add_parser(
        "release",
        help="write the lesson's files for a class and for its tools, or the lesson as a site",
        description="Write what is handed out of the lesson. Files with other content are never "
        "replaced. What a tool grades is written only if the answer key earns all points in it "
        "and the untouched notebook none.",
    )
    release.add_argument(
        "folder", metavar="FOLDER", type=Path, nargs="?",
        help="for the lesson's files, or with --answer-key for the executed notebook with the "
        "answers, as .ipynb, .html and script; made if it does not exist",
    )  # fmt: skip
    for name, (metavar, words) in HANDOUTS.items():
        release.add_argument(f"--{name}", metavar=metavar, type=Path, help=words)
    release.add_argument(
        "--site", metavar="FOLDER", type=Path,
        help="build a static site in which the lesson runs inside of a browser (needs the extra "
        "`site`)",
    )  # fmt: skip
    release.add_argument(
        "--pyodide", metavar="FOLDER|ARCHIVE", type=Path,
        help="of a site: put the Python of this Pyodide distribution into it, so that nothing "
        "comes from another host",
    )  # fmt: skip
    release.add_argument(
        "--answer-key", metavar="KEY.py", type=Path,
        help="the answers, for FOLDER and for seeing that they earn all points (the clone's)",
    )  # fmt: skip
    release.add_argument(
        "--course", metavar="FOLDER", type=Path,
        help="of --students, --gradescope and --classroom: a course's own points, tests and dates; "
        "hidden tests are in Gradescope's file alone",
    )  # fmt: skip
    release.add_argument("--overwrite", action="store_true", help="replace files all the same")
    add_lesson(release)
    release.set_defaults(run=release_command)


def release_command(options: argparse.Namespace) -> int:
    """Write the lesson's files, the site or the handouts."""
    handouts = {name: target for name in HANDOUTS if (target := getattr(options, name))}
    if sum([options.folder is not None, options.site is not None, bool(handouts)]) != 1:
        others = ", ".join(f"--{name} {metavar}" for name, (metavar, _) in HANDOUTS.items())
        raise ValueError(f"expected either FOLDER or --site FOLDER, or some of {others}")
    if options.site is not None:
        return _site(options)
    if options.pyodide is not None:
        raise ValueError("--pyodide is for a site: --site FOLDER")
    if options.gradescope and options.gradescope.suffix != ".zip":
        raise ValueError(f"Gradescope takes a .zip, not {options.gradescope}")
    if options.course is not None and not handouts:
        raise ValueError("--course is for --students, --gradescope and --classroom")
    if handouts or options.answer_key is not None:
        return _handouts(options, handouts or {"answer_key": options.folder})
    from tinytorch.lessons import release
    from tinytorch.lessons.folders import find_lesson

    lesson = find_lesson(options.lesson)
    for path in release(options.folder, overwrite=options.overwrite, lesson=lesson):
        print(path)
    return 0


def _handouts(options: argparse.Namespace, handouts: dict[str, Path]) -> int:
    from tinytorch.lessons.folders import find_lesson
    from tinytorch.lessons.handouts import write_handout

    lesson = find_lesson(options.lesson)
    if options.course is not None:
        lesson = replace(lesson, course_folder=options.course)
    for name, target in handouts.items():
        paths = write_handout(
            name, target, answer_key=options.answer_key, overwrite=options.overwrite, lesson=lesson
        )
        for path in paths:
            print(path)
    return 0


def _site(options: argparse.Namespace) -> int:
    from tinytorch.lessons.folders import find_lesson
    from tinytorch.lessons.site import build_site

    if options.answer_key is not None:
        raise ValueError("a site is for students, so that there is no --answer-key for it")
    first_page = build_site(
        options.site, pyodide_source=options.pyodide, overwrite=options.overwrite,
        lesson=find_lesson(options.lesson),
    )  # fmt: skip
    print(first_page)
    return 0
