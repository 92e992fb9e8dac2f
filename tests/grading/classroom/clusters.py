"""A Dask cluster on this machine, whose scheduler and workers are processes of their own."""

import json
import os
import sys
import time
from contextlib import contextmanager

import psutil
from distributed import Client
from samples import FOLDER

TESTS = FOLDER.parents[1]
LOOPBACK = ["--host", "127.0.0.1", "--no-dashboard"]


class LoopbackCluster:
    """Started by `loopback_cluster`.

    Attributes:
        address: of the scheduler.
    """

    def __init__(self, folder):
        self._folder, self._processes = folder, {}
        self.address = None

    def open(self):
        contact = self._folder / "scheduler.json"
        more = ["--port", 0, "--scheduler-file", contact]
        self._processes["scheduler"] = self._start("scheduler", more, {})
        wait_until(lambda: contact.exists() and contact.read_text(encoding="utf-8").endswith("}"))
        self.address = json.loads(contact.read_text(encoding="utf-8"))["address"]

    def start(self, name, *options, **environment):
        """Start a worker with a thread; returns its process, or that of its nanny."""
        more = [self.address, "--nthreads", 1, "--name", name, *options]
        more += ["--local-directory", self._folder / "scratch"]
        environment = {"PYTHONPATH": str(TESTS), **environment}
        self._processes[name] = self._start("worker", more, environment)
        return self._processes[name]

    def wait_for(self, *names):
        """Wait until workers of these names, and no others, are there."""
        with Client(self.address, set_as_default=False) as client:
            wait_until(lambda: {each["name"] for each in workers(client)} == {*names})

    def process(self, name):
        return self._processes[name]

    def worker_process(self, name):
        """The process of a worker that has a nanny."""
        below = self.process(name).children()
        return next(each for each in below if "spawn_main" in " ".join(each.cmdline()))

    def graders(self):
        """The processes of the workers that grade, or wait for it."""
        workers = [self.worker_process("nursed"), self.process("lonely")]
        below = [each for worker in workers for each in worker.children()]
        return [each for each in below if "spawn_main" in " ".join(each.cmdline())]

    def end(self, name):
        """End a worker, and all below it."""
        process = self._processes.pop(name)
        for each in [process, *process.children(recursive=True)]:
            each.kill()
        process.wait()

    def close(self):
        for name in [*self._processes]:
            self.end(name)

    def _start(self, kind, more, environment):
        output = (self._folder / f"{kind}.log").open("ab")
        options = ["-m", f"distributed.cli.dask_{kind}", *LOOPBACK, *map(str, more)]
        started = psutil.Popen(
            [sys.executable, *options],
            cwd=self._folder,
            env={**os.environ, "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"} | environment,
            stdout=output,
            stderr=output,
        )
        output.close()
        return started


@contextmanager
def loopback_cluster(folder):
    cluster = LoopbackCluster(folder)
    try:
        cluster.open()
        yield cluster
    finally:
        cluster.close()


def workers(client):
    return client.scheduler_info(n_workers=-1)["workers"].values()


def wait_until(happened, seconds=60):
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.05)
