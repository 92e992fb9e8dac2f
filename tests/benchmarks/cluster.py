"""Time a class on a Dask cluster of this machine with 1 and 2 workers: python cluster.py.

Each worker has one thread. The class is graded by this machine alone as well, with as many jobs.
"Seconds each" are wall-clock time of the whole command divided by the submissions. What the command
and the scheduler take of a processor for one more submission says how many workers they can keep
busy: it is the difference between a large class and a small one.
"""

import os
import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.pop(0)  # this folder, which has a grading.py of its own
sys.path.insert(0, str(Path(__file__).parents[1]))
from distributed import Client
from grading.classroom.clusters import loopback_cluster
from samples import KEY

STUDENTS, FEW, TASKS = 120, 20, 500


def graded(submitted, results, *options):
    """Seconds of wall-clock time, and of the processor, that a run takes."""
    command = [sys.executable, "-m", "tinytorch", "grade", submitted, "-o", results, *options]
    command += ["--seed", "1"]
    started = time.perf_counter()
    process = subprocess.Popen([*map(str, command)], cwd=results.parent, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0
    return time.perf_counter() - started, used.ru_utime + used.ru_stime


def on_cluster(folder, workers):
    """Seconds each; and seconds of the processor for one more, of the command and the scheduler."""
    (folder / f"cluster_{workers}").mkdir()
    with loopback_cluster(folder / f"cluster_{workers}") as cluster:
        names = [f"worker {number}" for number in range(workers)]
        for name in names:
            cluster.start(name)
        cluster.wait_for(*names)
        found = []
        for name in ("few", "class"):
            before = sum(cluster.process("scheduler").cpu_times()[:2])
            results = folder / f"{name}_on_{workers}"
            taken, own = graded(folder / name, results, "--cluster", cluster.address)
            scheduler = sum(cluster.process("scheduler").cpu_times()[:2]) - before
            found.append((own, scheduler))
        few, many = found
        more = [(b - a) / (STUDENTS - FEW) for a, b in zip(few, many, strict=True)]
        return taken / STUDENTS, more


def passed_on(folder):
    """Seconds of the processor that the scheduler takes for a task that takes no time."""
    (folder / "idle").mkdir()
    content = KEY.read_bytes()
    with loopback_cluster(folder / "idle") as cluster:
        cluster.start("worker")
        cluster.wait_for("worker")
        scheduler = cluster.process("scheduler")
        with Client(cluster.address) as client:
            before = sum(scheduler.cpu_times()[:2])
            for number in range(TASKS):
                client.submit(pickle.loads, pickle.dumps([number, content])).result()
            return (sum(scheduler.cpu_times()[:2]) - before) / TASKS


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = KEY.read_text(encoding="utf-8")
        for kind, size in (("class", STUDENTS), ("few", FEW)):
            (folder / kind).mkdir()
            for number in range(size):
                text = f"{key}\n# {number}\n"
                (folder / kind / f"s{number}.py").write_text(text, encoding="utf-8")
        print(f"the scheduler passes a task on in {passed_on(folder):.3g} s of a processor")
        print("| workers | cluster | this machine | command, processor | scheduler, processor |")
        print("| ---: | ---: | ---: | ---: | ---: |", flush=True)
        for workers in (1, 2):
            each, more = on_cluster(folder, workers)
            alone, _ = graded(folder / "class", folder / f"alone_{workers}", "--jobs", workers)
            numbers = [each, alone / STUDENTS, *more]
            print(f"| {workers} | {' | '.join(f'{value:.3g}' for value in numbers)} |", flush=True)


if __name__ == "__main__":
    main()
