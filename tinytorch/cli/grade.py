"""What `tinytorch grade` does: a file, the folder of one student, or a class."""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tinytorch.cli.grade_options import FEEDBACK, GRADEBOOKS
from tinytorch.core.system import optional

if TYPE_CHECKING:
    from tinytorch.grading.classroom.progress import Progress
    from tinytorch.grading.lesson import Lesson
    from tinytorch.grading.reports.feedback import Tally
    from tinytorch.grading.reports.report import Report
    from tinytorch.grading.sandbox.sandbox import Sandbox

MAX_NAMED = 20  # students that are named on a terminal
ONLY_CLASS = (
    *("output", "jobs", "cluster", "platform", "roster", "gradebook", "column", "feedback"),
    *("regrade", "only", "similarity", "answer_key"),
)


def grade(options: argparse.Namespace) -> int:
    """Grade a submission, or a class of them; returns the exit status."""
    with optional("pytest", "learn", "grading"):
        import tinytorch.grading.runner  # noqa: F401
    given = [f"--{name.replace('_', '-')}" for name in ONLY_CLASS if getattr(options, name)]
    source = options.source
    is_class = source.is_dir() or source.suffix.lower() == ".zip"
    if options.output and (is_class or not source.exists()):
        return _grade_class(options)
    if given:
        what = "a class, with -o RESULTS" if is_class else f"a folder or a .zip, not {source}"
        raise ValueError(f"{', '.join(given)}: only for {what}")
    if is_class and not options.json:
        raise ValueError(
            "a class needs a folder for the results: -o RESULTS; --json grades the folder of one "
            "student"
        )
    return _grade_one(options)


def _grade_one(options: argparse.Namespace) -> int:
    from tinytorch.grading.grading_session import MAX_SEED
    from tinytorch.grading.reports.results import as_json, results_of, results_without_points
    from tinytorch.grading.sandbox.inside.submission.cells import UnreadableSubmissionError
    from tinytorch.grading.sandbox.sandbox import Sandbox, SandboxBrokenError
    from tinytorch.grading.submission.files import submission_of

    lesson = _lesson(options)
    # Known inputs could be answered from a table.
    seed = secrets.randbelow(MAX_SEED) if options.seed is None else options.seed
    started = time.monotonic()
    try:
        with (
            submission_of(options.source, lesson.name) as paths,
            Sandbox(options.memory * 10**6, options.seconds, options.total_seconds) as sandbox,
        ):
            report = _first_with_points(lesson, paths, sandbox, seed)
            results = results_of(report, time.monotonic() - started, seed, sandbox.not_enforced)
            not_enforced = sandbox.not_enforced
    except (UnreadableSubmissionError, SandboxBrokenError) as error:
        if not options.json:
            raise
        # The format needs a score; the status says that it is none.
        results = results_without_points(str(error), time.monotonic() - started)
        print(as_json({"score": 0, **results}).rstrip())
        print(f"tinytorch grade: {error}", file=sys.stderr)
        return 1
    print(as_json(results).rstrip() if options.json else report.text(hints=True))
    if not options.json:
        print(f"{'':10}  (seed {seed}; the same one gives the same inputs)")
    for what in not_enforced:
        print(f"not enforced on this system: {what}", file=sys.stderr)
    return int(report.points < (options.fail_under or 0))


def _lesson(options: argparse.Namespace) -> Lesson:
    from tinytorch.lessons.folders import find_lesson

    lesson = find_lesson(options.lesson)
    return replace(lesson, course_folder=options.course) if options.course else lesson


def _first_with_points(
    lesson: Lesson, paths: Sequence[Path], sandbox: Sandbox, seed: int
) -> Report:
    """The report of the first file that earns points; else of the first that can be graded."""
    from tinytorch.grading.runner import grade_file
    from tinytorch.grading.sandbox.inside.submission.cells import UnreadableSubmissionError

    first: Report | UnreadableSubmissionError | None = None
    for path in paths:
        try:
            report = grade_file(lesson, path, sandbox, seed)
        except UnreadableSubmissionError as error:
            first = first or error
            continue
        if report.points:
            return report
        first = report if not first or isinstance(first, Exception) else first
    assert first is not None
    if isinstance(first, Exception):
        raise first
    return first


def _grade_class(options: argparse.Namespace) -> int:
    from tinytorch.grading.classroom.run import grade_class

    if options.json:
        raise ValueError("--json is for a file or the folder of one student, not for a class")
    if options.answer_key and not options.similarity:
        raise ValueError("--answer-key is for --similarity")
    lesson, results = _lesson(options), options.output
    try:
        with _class_bar() as advance:
            tally = grade_class(
                lesson, options.source, results, jobs=options.jobs, cluster=options.cluster,
                seed=options.seed, similarity=options.similarity, answer_key=options.answer_key,
                platform=options.platform, roster=options.roster, regrade=options.regrade,
                only=options.only,
                advance=advance, warn=_warn, then=_exports(options, lesson),
                memory=options.memory * 10**6, seconds=options.seconds,
                total_seconds=options.total_seconds,
            )  # fmt: skip
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    for what in sorted(tally.not_enforced):
        _warn(f"not enforced on this system: {what}")
    print(f"{tally}: {results / 'grades.csv'}")
    for line in _named(tally):
        print(line)
    few = [points for points in tally.totals if points < (options.fail_under or 0)]
    return int(options.fail_under is not None and bool(few or tally.ungraded or tally.missing))


def _exports(options: argparse.Namespace, lesson: Lesson) -> Callable[[Progress], None]:
    """What writes the gradebook and the feedback; what is wrong with a file is said before."""
    from tinytorch.grading.gradebooks.feedback_zip import PAGE, write_feedback
    from tinytorch.grading.gradebooks.gradebook import Gradebook, GradedSubmission

    gradebook = None
    if options.gradebook:
        platform, path = _platform("--gradebook", options.gradebook, GRADEBOOKS)
        gradebook = Gradebook(platform, path, lesson, column=options.column)
    elif options.column:
        raise ValueError("--column is that of a gradebook: --gradebook PLATFORM FILE.csv")
    feedback = options.feedback and _platform("--feedback", options.feedback, FEEDBACK)

    def write(progress: Progress) -> None:
        if gradebook:
            graded = [
                GradedSubmission(each, found.get("score"))
                for each, found in progress.graded.items()
            ]
            maxima = [
                found["extra_data"].get("max_points", 0) for found in progress.graded.values()
            ]
            if left := gradebook.write(graded, max(maxima, default=0) or 100):
                _warn(f"not in {gradebook.path}: {_some(left)}")
        if feedback:
            pages = [(each, folder / PAGE) for each, folder in progress.folders.items()]
            if left := write_feedback(*feedback, pages):
                _warn(f"not in {feedback[1]}, as {feedback[0]} would not know whose it is: "
                      f"{_some(left)}")  # fmt: skip

    return write


def _platform(option: str, values: list[str], known: tuple[str, ...]) -> tuple[str, Path]:
    platform, path = values[0], Path(values[1])
    if platform not in known:
        raise ValueError(f"{option} is for {', '.join(known)}, not {platform!r}")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent} for {path.name}")
    return platform, path


def _named(tally: Tally) -> Iterator[str]:
    """Lines that name those for whom somebody has to do something."""
    from tinytorch.grading.reports.results import plain

    ungraded = [f"{student}: {reason}" for student, reason in sorted(tally.ungraded)]
    for title, names in (
        ("could not be graded", ungraded),
        ("not submitted", tally.missing),
        ("not on the roster", tally.strangers),
    ):
        for name in names[:MAX_NAMED]:
            yield f"{title}: {plain(name)}"
        if len(names) > MAX_NAMED:
            yield f"{title}: {len(names) - MAX_NAMED} more, see grades.csv"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more


def _warn(sentence: str) -> None:
    from tinytorch.grading.reports.results import plain

    print(plain(sentence), file=sys.stderr)


@contextmanager
def _class_bar() -> Iterator[Callable[[int, int], None]]:
    """Give what shows how far a class is, on a terminal, if tqdm is installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        yield lambda done, total: None
        return

    with tqdm(desc="grading", unit=" submissions", delay=1, disable=None) as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield advance
