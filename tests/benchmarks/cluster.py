"""Time a class on a Dask cluster of this machine with 1 and 2 workers: python cluster.py.

Each worker has one thread. The class is graded by this machine alone as well, with as many jobs.
"Seconds each" are wall-clock time of the whole command divided by the submissions; what the
command and the scheduler need of a processor for each says how many workers they can keep busy.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.pop(0)  # this folder, which has a grading.py of its own
sys.path.insert(0, str(Path(__file__).parents[1]))
from grading.classroom.clusters import loopback_cluster
from samples import KEY

STUDENTS = 100


def graded(submitted, results, *options):
    """Seconds of wall-clock time and of the processor that a run takes, per submission."""
    command = [sys.executable, "-m", "tinytorch", "grade", submitted, "-o", results, *options]
    started = time.perf_counter()
    process = subprocess.Popen([*map(str, command)], cwd=results.parent, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0
    taken = time.perf_counter() - started
    return taken / STUDENTS, (used.ru_utime + used.ru_stime) / STUDENTS


def on_cluster(folder, submitted, workers):
    """Likewise, on a cluster; and seconds of the processor that the scheduler takes for each."""
    (folder / f"cluster_{workers}").mkdir()
    with loopback_cluster(folder / f"cluster_{workers}") as cluster:
        names = [f"worker {number}" for number in range(workers)]
        for name in names:
            cluster.start(name)
        cluster.wait_for(*names)
        scheduler = cluster.process("scheduler")
        before = sum(scheduler.cpu_times()[:2])
        options = ["--seed", "1", "--cluster", cluster.address]
        each, own = graded(submitted, folder / f"on_cluster_{workers}", *options)
        return each, own, (sum(scheduler.cpu_times()[:2]) - before) / STUDENTS


def main():
    print("| workers | cluster, seconds each | this machine | command, CPU s | scheduler, CPU s |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "class").mkdir()
        key = KEY.read_text(encoding="utf-8")
        for number in range(STUDENTS):
            path = folder / "class" / f"s{number}.py"
            path.write_text(f"{key}\n# {number}\n", encoding="utf-8")
        for workers in (1, 2):
            each, own, scheduler = on_cluster(folder, folder / "class", workers)
            options = ["--seed", "1", "--jobs", workers]
            alone, _ = graded(folder / "class", folder / f"alone_{workers}", *options)
            numbers = " | ".join(f"{value:.3g}" for value in (each, alone, own, scheduler))
            print(f"| {workers} | {numbers} |", flush=True)


if __name__ == "__main__":
    main()
