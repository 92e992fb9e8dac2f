"""Workers that grade many submissions at once: trusted processes, each with its own sandbox.

Worker and class speak in lines of JSON. A worker that ends before its time costs one submission,
which is reported as not gradable, and is replaced.
"""

from __future__ import annotations

import gc
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

import tinytorch
from tinytorch.grading.reports.results import results_of, results_without_points
from tinytorch.grading.sandbox.launcher import ENVIRONMENT
from tinytorch.grading.sandbox.sandbox import Sandbox
from tinytorch.grading.submission.files import Found
from tinytorch.grading.submission.reading import CannotRead

Results = dict[str, Any]
Given: TypeAlias = "queue.SimpleQueue[Found]"
Ready: TypeAlias = "queue.SimpleQueue[tuple[Found, Results]]"
SECONDS_PER_SUBMISSION = 900.0  # for the grader itself; student code has limits of its own
SUBMISSIONS_PER_WORKER = 500  # whatever a process gathers in its memory goes with it
PATIENCE = 10.0  # seconds for a worker to tidy up
START = (
    "import sys; sys.path[:] = sys.argv[1:];"
    "from tinytorch.grading.classroom.pool import work; work({}, {})"
)


@contextmanager
def graded(
    todo: Sequence[Found], seed: int, jobs: int | None, memory: int, seconds: float
) -> Iterator[Iterator[tuple[Found, Results]]]:
    """Let workers grade submissions; whatever happens, they are ended.

    Args:
        todo: the submissions.
        seed: decides what inputs the tests make up.
        jobs: how many are graded at once; as many as there are processors by default.
        memory: bytes that a submission may allocate.
        seconds: time that an exercise of it may take.

    Yields:
        An iterator over the submissions, as they are done, and their dicts for results.json.
    """
    given: Given = queue.SimpleQueue()
    ready: Ready = queue.SimpleQueue()
    for each in todo:
        given.put(each)
    workers = min(jobs or _processors(), len(todo))
    start = START.format(memory, seconds)
    crew = [_Worker(given, ready, seed, start) for _ in range(workers)]
    try:
        yield (_next(ready) for _ in todo)
    finally:
        for worker in crew:
            worker.stop()


def _processors() -> int:
    able = getattr(os, "sched_getaffinity", None)  # those that this process may use
    return len(able(0)) if able else os.cpu_count() or 1


def _next(ready: Ready) -> tuple[Found, Results]:
    while True:
        with suppress(queue.Empty):  # on Windows, Ctrl-C waits for the end of a call
            return ready.get(timeout=0.5)


class _Worker:
    """A thread with a process that grades for it."""

    def __init__(self, given: Given, ready: Ready, seed: int, start: str) -> None:
        self._given, self._ready, self._seed, self._start = given, ready, seed, start
        self._process: subprocess.Popen[str] | None = None
        self._lock, self._stopped = threading.Lock(), False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the process, and what it has started."""
        with self._lock:
            self._stopped = True
            self._end()
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        number = 0
        while not self._stopped:
            try:
                each = self._given.get_nowait()
            except queue.Empty:
                return
            number += 1
            if number % SUBMISSIONS_PER_WORKER == 0:
                with self._lock:
                    self._end()
            self._ready.put((each, self._results(each)))

    def _results(self, each: Found) -> Results:
        if each.problem:
            return results_without_points(each.problem)
        started = time.monotonic()
        try:
            process = self._started()
            late = threading.Timer(SECONDS_PER_SUBMISSION, process.kill)
            late.start()
            try:
                return _exchange(process, [str(each.path), self._seed])
            finally:
                late.cancel()
        except (OSError, ValueError):  # it ended; nobody reads this if it was stopped
            with self._lock:
                self._end()
            seconds = time.monotonic() - started
            why = "the grader's own process ended before its time, perhaps for lack of memory"
            return results_without_points(why, seconds)

    def _started(self) -> subprocess.Popen[str]:
        with self._lock:
            if self._stopped:
                raise OSError("the worker was stopped")
            if self._process is None:
                self._process = subprocess.Popen(
                    # -I: nothing of the folder that the grader was started in is imported.
                    [sys.executable, "-I", "-c", self._start, *_import_paths()],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl-C is for the class, which then ends its workers
                    text=True, encoding="ascii", env=_environment(),
                )  # fmt: skip
            return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # what was not read by the process
                pipe.close() if pipe else None


def _exchange(process: subprocess.Popen[str], question: list[Any]) -> Results:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(question) + "\n")
    process.stdin.flush()
    answer: Results = json.loads(process.stdout.readline())
    return answer


def _import_paths() -> list[str]:
    """Where modules are, without the folder that the grader was started in."""
    own = str(Path(tinytorch.__file__).parents[1])
    here = os.getcwd()
    return [path for path in sys.path if path == own or (path and os.path.realpath(path) != here)]


def _environment() -> dict[str, str]:
    """That of this process, without options for pytest; workers share the processors."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
    return {**own, **ENVIRONMENT}


def work(memory: int, seconds: float) -> None:
    """Grade what standard input names, line by line, until it ends: what a worker does.

    Args:
        memory: bytes that a submission may allocate.
        seconds: time that an exercise of it may take.
    """
    from tinytorch.grading.runner import grade_file

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the sandbox is tidied up
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what tests print is no answer
    gc.collect()
    gc.freeze()  # pytest collects garbage over and over; what is imported is none
    with suppress(KeyboardInterrupt):
        sandbox = Sandbox(memory, seconds)
        try:
            for line in sys.stdin:
                path, seed = json.loads(line)
                started = time.monotonic()
                try:
                    report = grade_file(path, sandbox, seed)
                    results = results_of(report, time.monotonic() - started, sandbox.missing)
                except CannotRead as error:
                    results = results_without_points(str(error), time.monotonic() - started)
                except Exception as error:
                    why = f"the grader failed: {type(error).__name__}: {error}"
                    results = results_without_points(why, time.monotonic() - started)
                answers.write(json.dumps(results) + "\n")
                answers.flush()
        finally:
            sandbox.stop()
