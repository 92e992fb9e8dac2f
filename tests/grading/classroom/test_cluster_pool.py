"""The executor of a cluster, on workers that are made up: what it promises when they fail."""

import asyncio
import threading
from concurrent.futures import CancelledError

import pytest

from tinytorch.grading.classroom.cluster import executor
from tinytorch.grading.classroom.cluster.connection import ClusterError, ClusterWorker
from tinytorch.grading.classroom.cluster.executor import AHEAD, MAX_TRIES, ClusterPool
from tinytorch.grading.classroom.pool import WorkerDiedError
from tinytorch.grading.classroom.pools import Settings
from tinytorch.grading.classroom.worker import grade_submission

SETTINGS = Settings(1, 1, 1, 1)


class MadeUpCluster:
    """Has workers that do what `work(worker, files)` does."""

    address, lesson = "tcp://made-up:1", "module:LESSON"

    def __init__(self, workers, work):
        self.workers, self.work = {}, work
        self.new, self.lost, self.stopped, self.calls = [], None, [], []
        self._loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._loop.run_forever)
        self.thread.start()
        for name in workers:
            self.workers[name] = ClusterWorker(name, name, 1)

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self.thread.join()
        self._loop.close()

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def post(self, function, *args):
        self._loop.call_soon_threadsafe(function, *args)

    async def look(self):
        if self.lost:
            raise ClusterError(self.lost)
        new, self.new = self.new, []
        return new

    async def ask(self, worker):
        self.workers[worker.address] = worker
        return True

    async def run(self, worker, function, run, slots, task, files):
        self.calls.append((worker.name, files[0].name))
        return await self.work(worker, files)

    async def stop(self, function, run):
        self.stopped.append(run)

    def loses(self, worker):
        self.workers.pop(worker.name, worker).gone.set()


@pytest.fixture
def made_up(monkeypatch):
    monkeypatch.setattr(executor, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(executor, "NOBODY_SECONDS", 0.3)
    made = []

    def make(workers, work):
        made.append(MadeUpCluster(workers, work))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def paths(tmp_path):
    made = [tmp_path / f"s{number}.py" for number in range(30)]
    for path in made:
        path.write_text(path.name, encoding="utf-8")
    return made


async def name_of(worker, files):
    await asyncio.sleep(0.001)  # the others are at work meanwhile
    return files[0].content.decode()


def submitted(pool, paths):
    return [pool.submit(grade_submission, path, ()) for path in paths]


def test_every_task_has_its_own_result_and_is_run_once(made_up, paths):
    cluster = made_up("ab", name_of)
    with ClusterPool(cluster, SETTINGS) as pool:
        futures = submitted(pool, paths)
        assert [each.result(timeout=10) for each in futures] == [path.name for path in paths]
    assert sorted(name for _, name in cluster.calls) == sorted(path.name for path in paths)
    assert len(cluster.stopped) == 1


def test_what_a_lost_worker_had_is_done_by_another(made_up, paths):
    async def work(worker, files):
        if worker.name == "a":
            cluster.loses(worker)
            raise WorkerDiedError("lost")
        return await name_of(worker, files)

    cluster = made_up("ab", work)
    with ClusterPool(cluster, SETTINGS) as pool:
        futures = submitted(pool, paths)
        assert [each.result(timeout=10) for each in futures] == [path.name for path in paths]
    assert 1 <= sum(worker == "a" for worker, _ in cluster.calls) <= 1 + AHEAD


def test_a_submission_that_ends_every_worker_costs_itself_only(made_up, paths):
    async def work(worker, files):
        if files[0].name == "s3.py":
            cluster.loses(worker)
            cluster.new.append(ClusterWorker(f"{worker.name}'", f"{worker.name}'", 1))
            raise WorkerDiedError(f"worker {worker} is lost")
        return await name_of(worker, files)

    cluster = made_up("ab", work)
    with ClusterPool(cluster, SETTINGS) as pool:
        futures = submitted(pool, paths)
        with pytest.raises(WorkerDiedError, match="is lost"):
            futures.pop(3).result(timeout=10)
        assert len({each.result(timeout=10) for each in futures}) == len(paths) - 1
    assert sum(name == "s3.py" for _, name in cluster.calls) == MAX_TRIES


def test_what_cannot_be_read_travels_as_a_sentence(made_up, paths):
    async def work(worker, files):
        return [each.problem for each in files]

    paths[0].unlink()
    with ClusterPool(made_up("a", work), SETTINGS) as pool:
        future = pool.submit(grade_submission, paths[0], (paths[1],))
        problem, none = future.result(timeout=10)
    assert "cannot be opened" in problem
    assert none is None


def test_without_a_scheduler_all_tasks_fail_at_once_and_none_is_tried_on(made_up, paths):
    async def work(worker, files):
        cluster.lost = "the scheduler does not answer any more"
        raise WorkerDiedError("its connection is closed")

    cluster = made_up("ab", work)
    with ClusterPool(cluster, SETTINGS) as pool:
        for future in submitted(pool, paths):
            with pytest.raises(ClusterError, match="does not answer"):
                future.result(timeout=10)
        with pytest.raises(ClusterError, match="does not answer"):
            submitted(pool, paths[:1])[0].result(timeout=10)
    assert len(cluster.calls) <= 2 * (1 + AHEAD)


def test_a_run_without_workers_ends_with_a_sentence(made_up, paths):
    async def work(worker, files):
        cluster.loses(worker)
        raise WorkerDiedError("lost")

    cluster = made_up("a", work)
    with ClusterPool(cluster, SETTINGS) as pool:
        for future in submitted(pool, paths):
            with pytest.raises(ClusterError, match="no worker of tcp://made-up:1 is left"):
                future.result(timeout=10)


def test_cancelling_tells_the_workers_and_ends_all_tasks(made_up, paths):
    async def work(worker, files):
        await asyncio.sleep(60)

    cluster = made_up("ab", work)
    pool = ClusterPool(cluster, SETTINGS)
    futures = submitted(pool, paths)
    pool.shutdown(cancel_futures=True)
    assert len(cluster.stopped) == 1
    for future in futures:
        with pytest.raises(CancelledError):
            future.result(timeout=10)
