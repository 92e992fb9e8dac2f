"""Where a class is graded: by processes of this machine, or by the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from tinytorch.core.system import optional, usable_processors
from tinytorch.grading.classroom.pool import WorkerPool
from tinytorch.grading.classroom.worker import start_worker
from tinytorch.grading.lesson import Lesson
from tinytorch.grading.sandbox.launcher import ENVIRONMENT
from tinytorch.grading.submission.files import SubmissionFile

Warn = Callable[[str], None]


class Settings(NamedTuple):
    """What all submissions of a run are graded with.

    Attributes:
        seed: decides what inputs the tests make up.
        memory: bytes that a submission may allocate.
        seconds: time that an exercise of it may take.
        total_seconds: time that all of it may take.
    """

    seed: int
    memory: int
    seconds: float
    total_seconds: float


MakePool = Callable[[Settings, int], Executor]  # for a run, and so many submissions


@contextmanager
def pools(lesson: Lesson, jobs: int | None, cluster: str | None, warn: Warn) -> Iterator[MakePool]:
    """Find out where to grade, before anything is written.

    Args:
        lesson: whose suite grades.
        jobs: how many submissions are graded at once on this machine; as many as there are
            processors by default.
        cluster: the address of a Dask scheduler, or None for this machine.
        warn: called with a sentence about a worker of the cluster that gets no work.

    Yields:
        What makes an executor for `done_tasks`.

    Raises:
        ClusterError: if there is no such scheduler, or none of its workers can grade.
        ImportError: if `distributed` is not installed.
        ValueError: if jobs are given for a cluster.
    """
    if cluster is None:
        yield lambda settings, tasks: local_pool(
            lesson, settings, min(jobs or usable_processors(), max(1, tasks))
        )
        return
    if jobs is not None:
        raise ValueError("jobs are for this machine: a worker of a cluster has its own threads")
    with optional("distributed", "cluster", "grading on a cluster"):
        from tinytorch.grading.classroom.cluster.connection import Cluster
        from tinytorch.grading.classroom.cluster.executor import ClusterPool
    with Cluster(cluster, lesson, warn) as connected:
        yield lambda settings, _: ClusterPool(connected, settings)


def done_tasks(
    pool: Executor, task: Callable[..., Any], files: Iterable[SubmissionFile]
) -> Generator[tuple[SubmissionFile, Future[Any]], None, None]:
    """Run a task on every submission; in the end, and after an error, the pool is shut down.

    Args:
        pool: where it runs.
        task: called as task(path, others).
        files: the submissions.

    Yields:
        Each with its future, as they are done.
    """
    try:
        tasks = {pool.submit(task, each.path, each.others): each for each in files}
        ready = SimpleQueue[Future[Any]]()  # `wait` looks at all of them each time
        for future in tasks:
            future.add_done_callback(ready.put)
        for _ in tasks:
            future = _next(ready)
            yield tasks[future], future
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise
    finally:
        pool.shutdown()


def _next(ready: SimpleQueue[Future[Any]]) -> Future[Any]:
    while True:
        with suppress(Empty):
            # With a time limit, as on Windows Ctrl-C waits for the end of a call.
            return ready.get(timeout=0.5)


def local_pool(lesson: Lesson, settings: Settings, workers: int) -> WorkerPool:
    """Processes of this machine, each of which grades one submission at a time."""
    # A submission may be tried twice, and is graded between its times.
    seconds = 4 * settings.total_seconds + 60
    return WorkerPool(workers, seconds, ENVIRONMENT, start_worker, (lesson, *settings))
