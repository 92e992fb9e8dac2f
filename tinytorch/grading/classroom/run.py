"""Grades a whole class, and goes on where it was interrupted.

Worker processes grade one submission after the other, each with a sandbox of its own: student code
runs neither in them nor here. This process gives them work, and writes what they find at once:

    RESULTS/grades.csv                      a row for every submission, from the start
    RESULTS/summary.html                    what the class lost its points on
    RESULTS/run.json                        the seed
    RESULTS/students/NAME/results.json      in Gradescope's format
    RESULTS/students/NAME/feedback.html     for the student
    RESULTS/similarity.html, .csv           if asked for: definitions that are alike

What was graded is kept if the file, the suite (with all of the library), the seed and the limits
are the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Generator
from concurrent.futures import Executor, Future
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from tinytorch.grading.classroom.pool import WorkerDiedError
from tinytorch.grading.classroom.pools import Settings, done_tasks, pools
from tinytorch.grading.classroom.similar import write_similarity
from tinytorch.grading.classroom.suite import suite_version
from tinytorch.grading.classroom.worker import grade_submission
from tinytorch.grading.grading_session import MAX_SEED
from tinytorch.grading.lesson import Lesson
from tinytorch.grading.reports.feedback import Tally, feedback_page, summary_page
from tinytorch.grading.reports.results import (
    Results,
    as_json,
    kept_results,
    results_without_points,
    table,
)
from tinytorch.grading.reports.store import locked, write
from tinytorch.grading.sandbox.sandbox import MEMORY, SECONDS, TOTAL_SECONDS
from tinytorch.grading.submission.files import SubmissionFile, submissions
from tinytorch.grading.submission.reading import MAX_FILE_BYTES

SECONDS_BETWEEN_TABLES = 10.0
NOT_YET = "not graded yet: the run was interrupted; the same command goes on"


def grade_class(
    lesson: Lesson,
    source: Path,
    results: Path,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    seed: int | None = None,
    advance: Callable[[int, int], None] = lambda done, total: None,
    warn: Callable[[str], None] = lambda sentence: None,
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
        advance: called with how many are done, and how many there are to do.
        warn: called with a sentence about each worker of the cluster that gets no work.
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
        ValueError: if there are no submissions, or the results would be among them.
    """
    if not source.exists():
        raise FileNotFoundError(f"there is no folder or zip file {source}")
    if answer_key is not None and not answer_key.is_file():
        raise FileNotFoundError(f"there is no answer key {answer_key}")
    if source.resolve() == results.resolve():
        raise ValueError("the results need a folder of their own, not that of the submissions")
    source, results = Path(os.path.abspath(source)), Path(os.path.abspath(results))
    with (
        pools(lesson, jobs, cluster, warn) as make_pool,
        locked(results),
        submissions(source, lesson.name, results) as found,
    ):
        settings = Settings(_seed(results, seed), memory, seconds, total_seconds)
        made_from = {"suite": suite_version(lesson), **settings._asdict()}
        done = _Done(lesson, results, found, made_from)
        try:
            done.write_table()
            todo = [each for each in found if each not in done.graded]
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


def _outcome(task: Future[Results]) -> Results:
    try:
        return task.result()
    except WorkerDiedError as error:
        return results_without_points(
            f"the grader's own process failed each time ({error}), perhaps for lack of memory"
        )


class _Done:
    """What has been graded so far, in memory and on the disk."""

    def __init__(
        self, lesson: Lesson, results: Path, found: list[SubmissionFile], made_from: dict[str, Any]
    ) -> None:
        self.lesson, self.results, self.found = lesson, results, found
        self.tally = Tally()
        self.graded: dict[SubmissionFile, Results] = {}
        self._made_from = {each: {**made_from, "file": _content(each)} for each in found}
        self._folders = _folders(results / "students", found)
        self._written = 0.0
        for each in found:
            path = self._folders[each] / "results.json"
            kept = kept_results(path, self._made_from[each], lesson.exercise_names)
            if kept and self._made_from[each]["file"] and _is_written(path.parent):
                self._count(each, kept)

    def keep(self, each: SubmissionFile, results: Results) -> None:
        """Write what was found; results.json last, as it says that all is there."""
        results["extra_data"].update(student=each.student, made_from=self._made_from[each])
        folder = self._folders[each]
        write(folder / "feedback.html", feedback_page(self.lesson, each.student, results))
        write(folder / "results.json", as_json(results))
        self._count(each, results)
        if time.monotonic() - self._written > SECONDS_BETWEEN_TABLES:
            self.write_table()

    def write_table(self) -> None:
        """Write a row for every submission, graded or not."""
        missing = results_without_points(NOT_YET)
        rows = ((e.student, e.place, self.graded.get(e, missing)) for e in self.found)
        write(self.results / "grades.csv", table(rows, self.lesson.exercise_names))
        self._written = time.monotonic()

    def _count(self, each: SubmissionFile, results: Results) -> None:
        self.tally.add(results)
        self.graded[each] = {**results, "tests": []}  # ten thousand of those would fill the memory


def _folders(above: Path, found: list[SubmissionFile]) -> dict[SubmissionFile, Path]:
    """A folder for each; names that systems do not take, or take for the same, get a number."""
    folders, taken = {}, set()
    for each in found:
        name = re.sub(r"[^\w.-]+", "_", each.student)[:60].strip(".")
        if name != each.student or name.casefold() in taken:
            name += "-" + hashlib.sha256(os.fsencode(each.place)).hexdigest()[:12]
        taken.add(name.casefold())
        folders[each] = above / name
    return folders


def _is_written(folder: Path) -> bool:
    with suppress(OSError):
        return (folder / "feedback.html").stat().st_size > 0
    return False


def _content(each: SubmissionFile) -> str | None:
    """Stands for what is in its files; None for what is graded again each time."""
    found = []
    with suppress(OSError):
        for path in (each.path, *each.others):
            if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
                return None
            found.append(hashlib.sha256(path.read_bytes()).hexdigest() + path.suffix)
        return " ".join(found)
    return None


def _seed(results: Path, seed: int | None) -> int:
    """The given seed, that of the last run, or a new one; it is written down."""
    path = results / "run.json"
    if seed is None:
        with suppress(OSError, ValueError, KeyError, TypeError):
            return int(json.loads(path.read_text(encoding="utf-8"))["seed"])
        seed = secrets.randbelow(MAX_SEED)
    write(path, json.dumps({"seed": seed}) + "\n")
    return seed
