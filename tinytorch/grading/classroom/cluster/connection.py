"""The connection to a Dask cluster: which of its workers may grade, and running something on one.

A worker gets no work before it has been asked what it grades with. One with another version of the
suite or the library would give other grades, and one whose sandbox is missing or enforces less
than that of this machine would put itself at risk: both are refused by name, and the run goes on
with the others. Workers that join later are asked as well.

What runs there is sent as bytes that only the worker unpickles, so the scheduler needs nothing but
Dask. Whoever can reach the scheduler can run code on the workers: a cluster is as trusted as its
network, or as the TLS of Dask's configuration makes it.
"""

from __future__ import annotations

import asyncio
import pickle
import threading
import uuid
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, TypeVar

import dask
from distributed import Client

from tinytorch.grading.classroom.cluster.worker import Abilities, abilities
from tinytorch.grading.classroom.pool import WorkerDiedError
from tinytorch.grading.classroom.suite import reference_to
from tinytorch.grading.lesson import Lesson
from tinytorch.grading.sandbox.sandbox import SandboxBrokenError
from tinytorch.grading.submission.reading import MAX_FILE_BYTES

CONNECT_SECONDS = 5.0  # for the scheduler to answer
ABILITIES_SECONDS = 60.0  # for a worker to say what it grades with; it may be at other work
FIRST = 1000  # the priority of that question
# Dask warns of what it takes for data that should be elsewhere.
CONFIGURATION = {"distributed.admin.large-graph-warning-threshold": 4 * MAX_FILE_BYTES}

Result = TypeVar("Result")


class ClusterError(OSError):
    """The cluster cannot grade; a sentence says why."""


@dataclass(eq=False)
class ClusterWorker:
    """A Dask worker, which is a process with one or several threads.

    Attributes:
        address: where it listens.
        name: that it was given.
        threads: how many tasks it runs at once.
        gone: set once the scheduler does not know it any more.
    """

    address: str
    name: str
    threads: int
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    def __str__(self) -> str:
        return self.address if self.name == self.address else f"{self.address} ({self.name})"


class Cluster:
    """A connection to a scheduler, kept by a thread of its own.

    Args:
        address: of the scheduler, such as "tcp://scheduler:8786".
        lesson: whose suite grades.
        warn: called with a sentence about each worker that gets no work.

    Attributes:
        lesson: see `reference_to`.
        workers: address -> worker, of those that may grade.
    """

    def __init__(self, address: str, lesson: Lesson, warn: Callable[[str], None]) -> None:
        self.address, self.lesson = address, reference_to(lesson)
        self.workers: dict[str, ClusterWorker] = {}
        self._known: dict[str, ClusterWorker] = {}  # with those that were refused
        self._refused: list[str] = []  # sentences
        self._warn = warn
        self._own = abilities(self.lesson)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._client: Client | None = None

    def __enter__(self) -> Cluster:
        """Connect, and ask the workers.

        Raises:
            ClusterError: if no scheduler answers, or no worker may grade.
        """
        self._thread.start()
        self._configuration = dask.config.set(CONFIGURATION)
        try:
            self.call(self._connect())
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # What still comes of calls that were given up is of no use to anybody.
        self._loop.set_exception_handler(lambda loop, context: None)
        if self._client is not None:
            with suppress(Exception):
                self.call(asyncio.wait_for(self._client.close(), CONNECT_SECONDS))
        self._configuration.__exit__(None, None, None)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def call(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine in the thread of the connection; called from other threads."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def post(self, function: Callable[..., None], *args: Any) -> None:
        """Call a function in that thread, soon."""
        self._loop.call_soon_threadsafe(function, *args)

    async def look(self) -> list[ClusterWorker]:
        """See which workers have gone, and which are new.

        Returns:
            The new ones, which are to be asked.

        Raises:
            ClusterError: if the scheduler does not answer any more.
        """
        assert self._client is not None
        assert self._client.scheduler is not None
        try:
            identity = self._client.scheduler.identity(n_workers=-1)
            there = (await asyncio.wait_for(identity, CONNECT_SECONDS))["workers"]
        except (OSError, asyncio.TimeoutError) as error:
            raise ClusterError(
                f"the Dask scheduler at {self.address} does not answer any more ({error})"
            ) from error
        for address in self._known.keys() - there.keys():
            self._known.pop(address).gone.set()
            self.workers.pop(address, None)
        new = {
            each: ClusterWorker(each, str(there[each]["name"]), int(there[each]["nthreads"]))
            for each in sorted(there.keys() - self._known.keys())
        }
        self._known |= new
        return list(new.values())

    async def ask(self, worker: ClusterWorker) -> bool:
        """Ask a worker what it grades with; returns whether it may."""
        why = None
        try:
            answer = self.run(worker, abilities, self.lesson, priority=FIRST)
            found: Abilities = await asyncio.wait_for(answer, ABILITIES_SECONDS)
        except WorkerDiedError:
            return False  # it has gone meanwhile
        except asyncio.TimeoutError:
            why = f"it does not answer within {ABILITIES_SECONDS:g} s"
        except SandboxBrokenError as error:
            why = f"its sandbox does not work ({error})"
        except Exception as error:  # whatever another version of the library raises
            why = f"it cannot grade with this version ({type(error).__name__}: {error})"
        else:
            less = [each for each in found.not_enforced if each not in self._own.not_enforced]
            if found.suite != self._own.suite:
                why = "it has another version of the suite or of tinytorch"
            elif less:
                why = f"its sandbox enforces less than that of this machine: {', '.join(less)}"
        if why is not None:
            self._refused.append(f"worker {worker} gets no work: {why}")
            self._warn(self._refused[-1])
        elif not worker.gone.is_set():
            self.workers[worker.address] = worker
        return worker.address in self.workers

    async def run(
        self, worker: ClusterWorker, function: Callable[..., Any], *args: Any, priority: int = 0
    ) -> Any:
        """Call a function on a worker.

        Raises:
            WorkerDiedError: if the worker is lost before it has answered.
            Exception: what the function raises.
        """
        assert self._client is not None
        future = self._client.submit(
            pickle.loads, pickle.dumps(_Call(function, args)), key=f"tinytorch-{uuid.uuid4().hex}",
            workers=[worker.address], allow_other_workers=False, priority=priority,
        )  # fmt: skip
        result = asyncio.ensure_future(future.result())
        gone = asyncio.ensure_future(worker.gone.wait())
        try:
            await asyncio.wait([result, gone], return_when=asyncio.FIRST_COMPLETED)
            if not result.done() or result.cancelled():
                raise WorkerDiedError(f"worker {worker} is lost")
            return result.result()
        finally:
            gone.cancel()
            result.cancel()
            future.release()

    async def stop(self, function: Callable[..., Any], *args: Any) -> None:
        """Call a function on all workers at once, whatever else they do."""
        assert self._client is not None
        with suppress(OSError, asyncio.TimeoutError):
            done = self._client.run(function, *args, workers=[*self.workers], on_error="ignore")
            await asyncio.wait_for(done, CONNECT_SECONDS)

    async def _connect(self) -> None:
        try:
            self._client = Client(
                self.address, asynchronous=True, timeout=CONNECT_SECONDS, set_as_default=False
            )
            await asyncio.wait_for(self._client, 2 * CONNECT_SECONDS)
        except Exception as error:  # an odd address, no TLS, another program that listens
            why = str(error) or f"nothing within {2 * CONNECT_SECONDS:g} s"
            raise ClusterError(
                f"no Dask scheduler answers at {self.address} ({why}); nothing was graded"
            ) from error
        new = await self.look()
        if not new:
            raise ClusterError(f"the Dask scheduler at {self.address} has no workers")
        if not any(await asyncio.gather(*map(self.ask, new))):
            reasons = "; ".join(self._refused)
            raise ClusterError(f"no worker of {self.address} can grade: {reasons}")


class _Call:
    """Unpickled, it is what the function returns."""

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self._function, self._args = function, args

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self._function, self._args
