"""A pool of processes in which the end of a process costs only the task that it was working on.

`concurrent.futures.ProcessPoolExecutor` gives up all tasks when one of its processes dies. Here
every worker is such an executor with a single process: a thread hands it one task at a time, and
replaces it after a death, after a task that took too long, and after many tasks.
"""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
import os
import signal
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import tinytorch
from tinytorch.grading.sandbox import procfs

MAX_TASKS = 500  # of a process: whatever it gathers in its memory goes with it
START_SECONDS = 120.0  # for a process to start on a busy machine
STOP_SECONDS = 10.0  # for a process to stop by itself
CHECK_SECONDS = 1.0  # between two looks at whether a process was stopped

_starting = threading.Lock()  # the surroundings are those of all threads
Given = ParamSpec("Given")
Result = TypeVar("Result")


class WorkerDiedError(RuntimeError):
    """The process of a task ended, or was ended, before the task did."""


class WorkerPool(Executor):
    """Runs tasks in other processes, each with a limit of time.

    Args:
        workers: how many tasks run at once.
        seconds: wall-clock time that a task may take.
        environment: variables that the processes get in addition to those of this one.
        initializer: called in every process before its first task.
        initargs: its arguments.
    """

    def __init__(
        self,
        workers: int,
        seconds: float,
        environment: Mapping[str, str],
        initializer: Callable[..., None],
        initargs: tuple[Any, ...] = (),
    ) -> None:
        self._seconds, self._environment = seconds, environment
        self._initializer, self._initargs = initializer, initargs
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="worker pool")
        self._own = threading.local()
        self._workers: set[_Worker] = set()
        self._closed = False

    def submit(
        self, task: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs
    ) -> Future[Result]:
        """Run a task in some process.

        Returns:
            Its future, which raises WorkerDiedError if no process survived the task: it is tried
            a second time, as a death may be an accident.
        """

        def run() -> Result:
            try:
                return self._run(task, *args, **kwargs)
            except WorkerDiedError:
                if self._closed:
                    raise
                return self._run(task, *args, **kwargs)

        return self._threads.submit(run)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End all processes; with `cancel_futures`, at once and without waiting for their tasks."""
        self._closed = cancel_futures
        if cancel_futures:
            self._threads.shutdown(wait=False, cancel_futures=True)
            for worker in list(self._workers):
                worker.stop()
        self._threads.shutdown(wait=wait)
        for worker in list(self._workers):
            worker.stop()

    def _run(self, task: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        worker: _Worker | None = getattr(self._own, "worker", None)
        if worker is None or worker.tasks >= MAX_TASKS:
            self._discard(worker)
            worker = _Worker(self._environment, self._initializer, self._initargs)
            self._own.worker = worker
            self._workers.add(worker)
        try:
            return worker.run(self._seconds, task, *args, **kwargs)
        except WorkerDiedError:
            self._discard(worker)
            raise
        except BrokenProcessPool:
            self._discard(worker)
            raise WorkerDiedError("the process ended before its time") from None

    def _discard(self, worker: _Worker | None) -> None:
        self._own.worker = None
        if worker is not None:
            self._workers.discard(worker)
            worker.stop()


class _Worker:
    """A process that runs one task at a time."""

    def __init__(
        self,
        environment: Mapping[str, str],
        initializer: Callable[..., None],
        initargs: tuple[Any, ...],
    ) -> None:
        self.tasks = 0
        # Not a fork, because this process has threads.
        context = multiprocessing.get_context("spawn")
        self._executor = ProcessPoolExecutor(1, context, _initialize, (initializer, initargs))
        with _starting, neutral_surroundings(environment):
            self._number = self._executor.submit(os.getpid)  # starts the process
        self._task: Future[Any] | None = None

    def run(self, seconds: float, task: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        self.tasks += 1
        self._wait(self._number, START_SECONDS)  # the time to start is not the task's
        self._task = self._executor.submit(task, *args, **kwargs)
        return self._wait(self._task, seconds)

    def stop(self) -> None:
        """End the process: it may tidy up for a while, and is killed then."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        with contextlib.suppress(Exception):
            number = self._number.result(timeout=0)
            for process in multiprocessing.active_children():
                if process.pid == number:
                    if procfs.stopped(number):
                        procfs.kill_descendants(number)
                        process.kill()
                    elif self._task is None or self._task.done():
                        process.join(STOP_SECONDS)  # it has been told to end
                    process.terminate()
                    process.join(STOP_SECONDS)
                    process.kill()

    def _wait(self, task: Future[Result], seconds: float) -> Result:
        """The result of a task, or WorkerDiedError if it does not come."""
        deadline = time.monotonic() + seconds
        while True:
            done, _ = wait([task], timeout=CHECK_SECONDS)
            if done:
                return task.result()
            if time.monotonic() > deadline:
                raise WorkerDiedError(f"the process took over {seconds:g} s")
            if self._number.done() and procfs.stopped(self._number.result()):
                raise WorkerDiedError("the process was stopped")


def _initialize(initializer: Callable[..., None], initargs: tuple[Any, ...]) -> None:
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the pool, which ends this
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    initializer(*initargs)


def _end_with_parent() -> None:
    """End this process, and tidy up, soon after the one that started it has ended in any way."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    # The main thread may be at work or wait for work that never comes: it would not end itself.
    last_resort = threading.Timer(STOP_SECONDS, os._exit, (1,))
    last_resort.daemon = True
    last_resort.start()
    atexit._run_exitfuncs()
    os._exit(1)


@contextlib.contextmanager
def neutral_surroundings(environment: Mapping[str, str]) -> Iterator[None]:
    """Let new processes import nothing from the current folder, which students may write to.

    Python puts that folder first on the path of a new process. As long as the context lasts, the
    current folder is that of Python's own library, the old one is not on `sys.path`, and no options
    for pytest are in the environment. Paths that any thread uses meanwhile have to be absolute.

    Args:
        environment: variables to set as well.
    """
    own_root = str(Path(tinytorch.__file__).parents[1])
    folder, path, variables = os.getcwd(), list(sys.path), dict(os.environ)
    current = os.path.realpath(folder)
    os.chdir(sysconfig.get_path("stdlib"))
    sys.path[:] = [
        each for each in path
        if each == own_root or (each and os.path.realpath(each) != current)
    ]  # fmt: skip
    for name in [name for name in variables if name.startswith("PYTEST_")]:
        del os.environ[name]
    os.environ.update(environment)
    try:
        yield
    finally:
        os.chdir(folder)
        sys.path[:] = path
        os.environ.clear()
        os.environ.update(variables)
