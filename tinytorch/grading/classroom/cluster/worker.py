"""What the workers of a cluster do: they grade in the same kind of pool as a machine by itself.

Student code runs in sandboxes, submissions are graded by processes of the pool, and the process of
the Dask worker only passes on what comes. All functions here are called by `Cluster.run`.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tinytorch.grading.classroom.pool import WorkerDiedError, WorkerPool
from tinytorch.grading.classroom.pools import Settings, local_pool
from tinytorch.grading.classroom.suite import lesson_of, suite_version
from tinytorch.grading.reports.results import Results
from tinytorch.grading.sandbox.sandbox import Sandbox, SandboxBrokenError

IDLE_SECONDS = 60.0  # after which the processes of a run end, should its grader be gone


class Abilities(NamedTuple):
    """What a machine grades with.

    Attributes:
        suite: the version of its suite and library.
        not_enforced: what its sandbox does not enforce, in short sentences.
    """

    suite: str
    not_enforced: tuple[str, ...]


class File(NamedTuple):
    """A file that was handed in, on its way to a worker.

    Attributes:
        name: of the file, without its folder.
        content: of the file.
        problem: a sentence, if it cannot be read.
    """

    name: str
    content: bytes
    problem: str | None = None


class Run(NamedTuple):
    """A run of the grader.

    Attributes:
        name: no two runs have the same.
        lesson: see `reference_to`.
        settings: what all its submissions are graded with.
    """

    name: str
    lesson: str
    settings: Settings


@dataclass
class _Pool:
    """The processes of a run, which end if there is nothing to do for a while."""

    processes: WorkerPool
    busy: int = 0
    timer: threading.Timer | None = None


_pools: dict[str, _Pool] = {}  # by the name of the run
_stopped: set[str] = set()
_lock = threading.Lock()


def abilities(lesson: str) -> Abilities:
    """Try what grading needs on this machine.

    Raises:
        SandboxBrokenError: if its sandbox does not work.
    """
    with Sandbox() as sandbox:
        with sandbox.session([]) as session:
            if session.failure:
                raise SandboxBrokenError(session.failure["message"])
        return Abilities(suite_version(lesson_of(lesson)), tuple(sandbox.not_enforced))


def run_task(run: Run, slots: int, task: Callable[..., Results], files: Sequence[File]) -> Results:
    """Run a task in the pool of this machine.

    Args:
        run: that it belongs to.
        slots: how many processes the pool has.
        task: such as `grade_submission`; called with the paths of copies of the files.
        files: the student's, the one to grade first.

    Raises:
        WorkerDiedError: if no process survived the task, or the run is over.
    """
    with (
        _processes(run, slots) as processes,
        tempfile.TemporaryDirectory(prefix="tinytorch-") as folder,
    ):
        paths, problems = [], {}
        for number, file in enumerate(files):
            path = Path(folder, str(number), file.name)  # two may have the same name
            path.parent.mkdir()
            path.write_bytes(file.content)
            paths.append(path)
            if file.problem is not None:
                problems[path] = file.problem
        try:
            return processes.submit(task, paths[0], paths[1:], problems).result()
        except (KeyboardInterrupt, SystemExit) as error:
            # Of a process of the pool. Raised here, it would end the Dask worker.
            raise WorkerDiedError(f"the process ended with {type(error).__name__}") from None


def stop(run: str) -> None:
    """End what the run of that name does here; returns at once."""
    with _lock:
        _stopped.add(run)
    threading.Thread(target=_end, args=(run,)).start()  # its caller has other things to do


@contextmanager
def _processes(run: Run, slots: int) -> Iterator[WorkerPool]:
    with _lock:
        if run.name in _stopped:
            raise WorkerDiedError("the run is over")
        pool = _pools.get(run.name)
        if pool is None:
            # Dask makes its workers daemons, which may have no processes of their own. These here
            # end with the worker all the same: they watch it.
            multiprocessing.current_process().daemon = False
            pool = _Pool(local_pool(lesson_of(run.lesson), run.settings, slots))
            _pools[run.name] = pool
        pool.busy += 1
        if pool.timer is not None:
            pool.timer.cancel()
    try:
        yield pool.processes
    finally:
        with _lock:
            pool.busy -= 1
            if not pool.busy:
                pool.timer = threading.Timer(IDLE_SECONDS, _end, (run.name, True))
                pool.timer.daemon = True
                pool.timer.start()


def _end(run: str, only_if_idle: bool = False) -> None:
    with _lock:
        if run not in _pools or (only_if_idle and _pools[run].busy):
            return
        pool = _pools.pop(run)
    pool.processes.shutdown(cancel_futures=True)
