"""Grades a whole class, and goes on where it was interrupted.

Worker processes grade one submission after the other, each with a sandbox of its own: student code
runs neither in them nor here. This process gives them work, and writes what they find at once:

    RESULTS/grades.csv                      a row for every submission, from the start
    RESULTS/summary.html                    what the class lost its points on
    RESULTS/run.json                        the seed, and the version of the suite
    RESULTS/students/NAME/results.json      in Gradescope's format
    RESULTS/students/NAME/feedback.html     for the student
    RESULTS/former/NAME/                    of students who are not in the class any more

What was graded is kept if the file, the suite (with all of the library), the seed and the limits
are the same.
"""

from __future__ import annotations

import hashlib
import inspect
import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path

import tinytorch
from tinytorch.core.system import usable_processors
from tinytorch.grading.classroom.folder import begin, move_former
from tinytorch.grading.classroom.pool import WorkerDiedError, WorkerPool, neutral_surroundings
from tinytorch.grading.classroom.progress import Progress, folders_of
from tinytorch.grading.classroom.worker import grade_submission, start_worker
from tinytorch.grading.gradebooks.people import people_in
from tinytorch.grading.gradebooks.sheet import Sheet
from tinytorch.grading.lesson import Lesson
from tinytorch.grading.reports.feedback import Tally, summary_page
from tinytorch.grading.reports.results import Results, results_without_points
from tinytorch.grading.reports.store import locked, write
from tinytorch.grading.sandbox.launcher import ENVIRONMENT
from tinytorch.grading.sandbox.sandbox import MEMORY, SECONDS, TOTAL_SECONDS
from tinytorch.grading.submission.files import SubmissionFile, submissions

MAX_NAMED = 20  # students that a sentence names


def grade_class(
    lesson: Lesson,
    source: Path,
    results: Path,
    *,
    jobs: int | None = None,
    seed: int | None = None,
    platform: str | None = None,
    roster: Path | None = None,
    regrade: bool = False,
    advance: Callable[[int, int], None] = lambda done, total: None,
    warn: Callable[[str], None] = lambda sentence: None,
    then: Callable[[Progress], None] = lambda progress: None,
    memory: int = MEMORY,
    seconds: float = SECONDS,
    total_seconds: float = TOTAL_SECONDS,
) -> Tally:
    """Grade every submission in a folder or zip file, except those that were graded before.

    Processes are started by `multiprocessing`: a script that calls this needs its guard
    `if __name__ == "__main__":`.

    Args:
        lesson: whose suite grades them.
        source: the folder or zip file.
        results: the folder for the results; made if it is not there.
        jobs: how many submissions are graded at once; as many as there are processors by default.
        seed: decides what inputs the tests make up; by default that of the last run, or a new one.
        platform: whose download it is, one of `submission.platforms.PARSERS`, or "none"; recognised
            by default.
        roster: a table of the students of the course: all of them get a row.
        regrade: whether results of another suite or class that are there may be replaced.
        advance: called with how many are done, and how many there are to do.
        warn: called with sentences that the user should read.
        then: called in the end, while the submissions are still there.
        memory: bytes that a submission may allocate.
        seconds: time that an exercise of it may take.
        total_seconds: time that all of it may take.

    Returns:
        How the class did.

    Raises:
        BlockingIOError: if another run is writing to the folder for the results.
        FileNotFoundError: if the source or the suite is not there.
        KeyboardInterrupt: if it was interrupted; what was graded is kept, and the table written.
        OSError: if results cannot be written; what was graded until then is kept.
        ValueError: if there are no submissions, the results would be among them, those that are
            there are of another suite or class, or the roster cannot be read.
    """
    if not source.exists():
        raise FileNotFoundError(f"there is no folder or zip file {source}")
    if source.resolve() == results.resolve():
        raise ValueError("the results need a folder of their own, not that of the submissions")
    source, results = Path(os.path.abspath(source)), Path(os.path.abspath(results))
    people = people_in(Sheet.read(roster)) if roster else None
    with locked(results), submissions(source, lesson.name, results, platform) as found:
        suite = _suite(lesson)
        names = {folder.name for folder in folders_of(results / "students", found).values()}
        seed = begin(results, seed, suite, names, regrade)
        if former := move_former(results, names):
            some = ", ".join(former[:MAX_NAMED]) + (", ..." if len(former) > MAX_NAMED else "")
            warn(f"{len(former)} not in {source.name}, moved to {results / 'former'}: {some}")
        limits = {"memory": memory, "seconds": seconds, "total_seconds": total_seconds}
        made_from = {"suite": suite, "seed": seed, **limits}
        done = Progress(lesson, results, found, made_from, people)
        try:
            done.write_table()
            todo = [each for each in found if each not in done.graded]
            pool = WorkerPool(
                min(jobs or usable_processors(), max(1, len(todo))),
                4 * total_seconds + 60,  # it may be tried twice, and is graded between its times
                start_worker,
                (lesson, seed, memory, seconds, total_seconds),
            )
            with neutral_surroundings(ENVIRONMENT):
                for number, (each, answer) in enumerate(_graded(pool, todo), start=1):
                    done.keep(each, answer)
                    advance(number, len(todo))
        finally:
            done.write_table()
        write(results / "summary.html", summary_page(lesson, done.tally))
        then(done)
    return done.tally


def _graded(
    pool: WorkerPool, todo: list[SubmissionFile]
) -> Iterator[tuple[SubmissionFile, Results]]:
    """Every submission with what was found, as they are done; in the end the pool is shut down."""
    try:
        for each in todo:
            if each.problem:
                yield each, results_without_points(each.problem)
        tasks = {
            pool.submit(grade_submission, each.path, each.others): each
            for each in todo
            if not each.problem
        }
        pending = set(tasks)
        while pending:
            # With a time limit, as on Windows Ctrl-C waits for the end of a call.
            ready, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
            for task in ready:
                yield tasks[task], _outcome(task)
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise
    finally:
        pool.shutdown()


def _outcome(task: Future[Results]) -> Results:
    try:
        return task.result()
    except WorkerDiedError as error:
        return results_without_points(
            f"the grader's own process failed twice ({error}), perhaps for lack of memory"
        )


def _suite(lesson: Lesson) -> str:
    """Stands for the suite and for all code that grading needs."""
    package = Path(tinytorch.__file__).parent
    parts = (lesson.client, lesson.reference, lesson.proxies, lesson.service)
    own = [Path(inspect.getfile(part)) for part in (*parts, lesson.carry_forward_plan)]
    content = hashlib.sha256()
    for path in [lesson.suite, *own, *sorted(package.rglob("*.py"))]:
        content.update(hashlib.sha256(path.read_bytes()).digest())
    return content.hexdigest()
