"""An executor whose tasks run on the workers of a cluster, each until it has one result.

Only as many tasks as the workers have threads are on their way, and one more each: of a class of a
hundred thousand, the others wait here, and their files are not read before their turn. A task is
bound to one worker. If that one is lost, the task goes to the next, a few times at most; whatever
the lost one might still say is not listened to, so that no task gets two results.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tinytorch.grading.classroom.cluster.connection import Cluster, ClusterError, ClusterWorker
from tinytorch.grading.classroom.cluster.worker import File, Run, run_task, stop
from tinytorch.grading.classroom.pool import WorkerDiedError
from tinytorch.grading.classroom.pools import Settings
from tinytorch.grading.sandbox.inside.submission.cells import UnreadableSubmissionError
from tinytorch.grading.submission.reading import read_content

MAX_TRIES = 3  # of a task, on workers that are lost
AHEAD = 1  # tasks that wait at each worker, so that it never waits for one
LOOK_SECONDS = 1.0  # between two looks at which workers there are
NOBODY_SECONDS = 60.0  # without any worker, after which a run ends


@dataclass(eq=False)
class _Task:
    function: Callable[..., Any]
    paths: Sequence[Path]
    future: Future[Any] = field(default_factory=Future)
    tries: int = 0


class ClusterPool(Executor):
    """Runs tasks on the workers of a cluster.

    Args:
        cluster: the connection.
        settings: what all submissions of the run are graded with.
    """

    def __init__(self, cluster: Cluster, settings: Settings) -> None:
        self._cluster = cluster
        self._run = Run(uuid.uuid4().hex, cluster.lesson, settings)
        self._waiting = asyncio.Queue[_Task]()
        self._open: set[_Task] = set()
        self._background: set[asyncio.Task[None]] = set()
        self._failure: ClusterError | None = None
        self._closed = False
        cluster.call(self._start())

    def submit(self, task: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run a task on some worker, on copies of files.

        Args:
            task: called as task(path, others, problems) there, see `grade_submission`.
            args: the path and the other paths.
            kwargs: none.

        Returns:
            Its future, which raises WorkerDiedError if no worker survived the task or it failed
            on each, and ClusterError if the cluster is lost.
        """
        path, others = args
        made = _Task(task, [path, *others], **kwargs)
        self._open.add(made)
        self._cluster.post(self._accept, made)
        return made.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End what the run does on the workers, after its tasks or, with `cancel_futures`, now."""
        if self._closed:
            return
        self._closed = True
        for task in [] if cancel_futures else [*self._open]:
            with suppress(Exception):
                task.future.result()
        self._cluster.call(self._stop())

    async def _start(self) -> None:
        for worker in self._cluster.workers.values():
            self._employ(worker)
        self._do(self._watch())

    async def _stop(self) -> None:
        for each in self._background:
            each.cancel()
        for task in [*self._open]:
            task.future.cancel()
        await self._cluster.stop(stop, self._run.name)

    def _accept(self, task: _Task) -> None:
        if self._failure is not None:
            self._fail(self._failure)
        self._waiting.put_nowait(task)

    def _do(self, coroutine: Any) -> None:
        made = asyncio.ensure_future(coroutine)
        self._background.add(made)  # the loop itself keeps none
        made.add_done_callback(self._background.discard)

    def _employ(self, worker: ClusterWorker) -> None:
        for _ in range(worker.threads + AHEAD):
            self._do(self._work(worker))

    async def _ask(self, worker: ClusterWorker) -> None:
        if await self._cluster.ask(worker):
            self._employ(worker)

    async def _watch(self) -> None:
        """Notice workers that come and go, and the end of the cluster."""
        passed = 0.0
        try:
            while passed < NOBODY_SECONDS:
                await asyncio.sleep(LOOK_SECONDS)
                for worker in await self._cluster.look():
                    self._do(self._ask(worker))
                passed = 0.0 if self._cluster.workers else passed + LOOK_SECONDS
            self._fail(ClusterError(f"no worker of {self._cluster.address} is left that can grade"))
        except ClusterError as error:
            self._fail(error)

    async def _work(self, worker: ClusterWorker) -> None:
        """Give a worker one task after the other."""
        while not worker.gone.is_set():
            task = await self._waiting.get()
            if worker.gone.is_set():
                self._waiting.put_nowait(task)
                return
            if task.future.done():  # the cluster was lost, or the run is cancelled
                continue
            task.tries += 1
            try:
                files = [_file(path) for path in task.paths]
                slots = worker.threads
                found = await self._cluster.run(
                    worker, run_task, self._run, slots, task.function, files
                )
            except Exception as error:
                await self._again(task, error)
            else:
                self._end(task, found)

    async def _again(self, task: _Task, error: Exception) -> None:
        """Try a task again that failed, unless it was the cluster that did."""
        try:
            for worker in await self._cluster.look():  # the lost worker is gone now
                self._do(self._ask(worker))
        except ClusterError as lost:
            self._fail(lost)
            return
        if task.tries < MAX_TRIES:
            self._waiting.put_nowait(task)
            return
        self._end(task, error=WorkerDiedError(str(error)))

    def _fail(self, error: ClusterError) -> None:
        self._failure = error
        while self._open:
            self._end(self._open.pop(), error=error)

    def _end(self, task: _Task, found: Any = None, error: Exception | None = None) -> None:
        """Let a task have its one result."""
        self._open.discard(task)
        if not task.future.done():
            if error is not None:
                task.future.set_exception(error)
            else:
                task.future.set_result(found)


def _file(path: Path) -> File:
    try:
        return File(path.name, read_content(path))
    except UnreadableSubmissionError as error:
        return File(path.name, b"", str(error))
