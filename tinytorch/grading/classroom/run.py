"""Grades a whole class, and goes on where it was interrupted.

Worker processes grade one submission after the other, each with a sandbox of its own: student code
runs neither in them nor here. This process gives them work, and writes what they find at once:

    RESULTS/grades.csv                      a row for every submission, from the start
    RESULTS/summary.html                    what the class lost its points on
    RESULTS/run.json                        the seed, and the version of the suite
    RESULTS/students/NAME/results.json      in Gradescope's format
    RESULTS/students/NAME/feedback.html     for the student
    RESULTS/former/NAME/                    of students who are not in the class any more
    RESULTS/similarity.html, .csv           if asked for: definitions that are alike

What was graded is kept if the file, the suite (with all of the library), the seed and the limits
are the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor, Future
from contextlib import closing
from difflib import get_close_matches
from pathlib import Path

from tinytorch.grading.classroom.folder import begin, move_former
from tinytorch.grading.classroom.pool import WorkerDiedError
from tinytorch.grading.classroom.pools import Settings, done_tasks, pools
from tinytorch.grading.classroom.progress import Progress, folders_of
from tinytorch.grading.classroom.similar import write_similarity
from tinytorch.grading.classroom.suite import suite_version
from tinytorch.grading.classroom.worker import grade_submission
from tinytorch.grading.gradebooks.people import people_in
from tinytorch.grading.gradebooks.sheet import Sheet
from tinytorch.grading.lesson import Lesson
from tinytorch.grading.reports.feedback import Tally, summary_page
from tinytorch.grading.reports.results import Results, results_without_points
from tinytorch.grading.reports.store import locked, write
from tinytorch.grading.sandbox.sandbox import MEMORY, SECONDS, TOTAL_SECONDS
from tinytorch.grading.submission.files import SubmissionFile, submissions

MAX_NAMED = 20  # students that a sentence names


def grade_class(
    lesson: Lesson,
    source: Path,
    results: Path,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    seed: int | None = None,
    platform: str | None = None,
    roster: Path | None = None,
    regrade: bool = False,
    only: str | None = None,
    advance: Callable[[int, int], None] = lambda done, total: None,
    warn: Callable[[str], None] = lambda sentence: None,
    then: Callable[[Progress], None] = lambda progress: None,
    similarity: bool = False,
    answer_key: Path | None = None,
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
        cluster: the address of a Dask scheduler whose workers grade, such as
            "tcp://scheduler:8786"; by default processes of this machine do.
        seed: decides what inputs the tests make up; by default that of the last run, or a new one.
        platform: whose download it is, one of `submission.platforms.PARSERS`, or "none"; recognised
            by default.
        roster: a table of the students of the course: all of them get a row.
        regrade: whether results of another suite or class that are there may be replaced.
        only: a student, by name, id or address, who is graded again, and nobody else.
        advance: called with how many are done, and how many there are to do.
        warn: called with sentences that the user should read.
        then: called in the end, while the submissions are still there.
        similarity: whether definitions that are alike are written down as well.
        answer_key: answers in a file that are compared too.
        memory: bytes that a submission may allocate.
        seconds: time that an exercise of it may take.
        total_seconds: time that all of it may take.

    Returns:
        How the class did.

    Raises:
        BlockingIOError: if another run is writing to the folder for the results.
        ClusterError: an OSError; if the cluster cannot grade, or cannot any more. What was graded
            until then is kept; nothing is written if that is known before.
        FileNotFoundError: if the source or the suite is not there.
        KeyboardInterrupt: if it was interrupted; what was graded is kept, and the table written.
        OSError: if results cannot be written; what was graded until then is kept.
        ValueError: if there are no submissions, the results would be among them, those that are
            there are of another suite or class, the roster or the adjustments cannot be read, or
            nobody is called like `only`.
    """
    if not source.exists():
        raise FileNotFoundError(f"there is no folder or zip file {source}")
    if answer_key is not None and not answer_key.is_file():
        raise FileNotFoundError(f"there is no answer key {answer_key}")
    if source.resolve() == results.resolve():
        raise ValueError("the results need a folder of their own, not that of the submissions")
    source, results = Path(os.path.abspath(source)), Path(os.path.abspath(results))
    people = people_in(Sheet.read(roster)) if roster else None
    with (
        pools(lesson, jobs, cluster, warn) as make_pool,
        locked(results),
        submissions(source, lesson.name, results, platform) as found,
    ):
        suite = suite_version(lesson)
        names = {folder.name for folder in folders_of(results / "students", found).values()}
        seed = begin(results, seed, suite, names, regrade)
        if former := move_former(results, names):
            some = ", ".join(former[:MAX_NAMED]) + (", ..." if len(former) > MAX_NAMED else "")
            warn(f"{len(former)} not in {source.name}, moved to {results / 'former'}: {some}")
        settings = Settings(seed, memory, seconds, total_seconds)
        chosen = None if only is None else _called(only, found)
        made_from = {"suite": suite, **settings._asdict()}
        done = Progress(lesson, results, found, made_from, people, chosen)
        try:
            done.write_table()
            todo = [each for each in found if each not in done.graded]
            todo = todo if chosen is None else [chosen]
            pool = make_pool(settings, len(todo))
            with closing(_graded(pool, todo)) as graded:
                for number, (each, answer) in enumerate(graded, start=1):
                    done.keep(each, answer)
                    advance(number, len(todo))
        finally:
            done.write_table()
        write(results / "summary.html", summary_page(lesson, done.tally))
        if similarity:
            pool = make_pool(settings, len(found))
            write_similarity(lesson, pool, found, results, answer_key)
        then(done)
    return done.tally


def _graded(
    pool: Executor, todo: list[SubmissionFile]
) -> Generator[tuple[SubmissionFile, Results], None, None]:
    """Every submission with what was found, as they are done; in the end the pool is shut down."""
    for each in todo:
        if each.problem:
            yield each, results_without_points(each.problem)
    readable = [each for each in todo if not each.problem]
    with closing(done_tasks(pool, grade_submission, readable)) as tasks:
        for each, task in tasks:
            yield each, _outcome(task)


def _called(name: str, found: Sequence[SubmissionFile]) -> SubmissionFile:
    """The submission of a student."""
    names = {each: {each.student, each.name, each.id, *each.keys} - {""} for each in found}
    folded = {each: {word.casefold() for word in words} for each, words in names.items()}
    those = [each for each, words in folded.items() if name.casefold() in words]
    if len(those) != 1:
        everybody = [each.student for each in found]
        students = (
            [each.student for each in those]
            or [each for each in everybody if name.casefold() in each.casefold()]
            or get_close_matches(name, everybody)
        )
        who = (
            f"more than one: {', '.join(students)}"
            if those
            else "nobody" + (f"; is it {students[0]!r}?" if students else "")
        )
        raise ValueError(f"called {name!r} is {who}")
    return those[0]


def _outcome(task: Future[Results]) -> Results:
    try:
        return task.result()
    except WorkerDiedError as error:
        return results_without_points(
            f"the grader's own process failed each time ({error}), perhaps for lack of memory"
        )
