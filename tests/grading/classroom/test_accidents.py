"""Whatever happens to one of the grader's processes, every student gets the grade of before."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from grading.classroom.class_runs import FORGETFUL, KEY_SOURCE, grade, rows, start, wait_for
from redteam import containment

from tinytorch.grading.sandbox import procfs, workspace

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
SLOW = f"{KEY_SOURCE}\n# %%\nimport time\ntime.sleep(0.1)\nplaces = quantize_int8\n"


def children(number):
    files = Path(f"/proc/{number}/task").glob("*/children")
    return [int(each) for path in files for each in path.read_text(encoding="ascii").split()]


def command(number):
    return Path(f"/proc/{number}/cmdline").read_bytes()


def worker_of(process):
    (worker,) = [each for each in children(process.pid) if b"spawn_main" in command(each)]
    return worker


def sandbox_of(process):
    """Bubblewrap, or the fork server where there is none."""
    return next(each for each in children(worker_of(process)) if b"inside" in command(each))


def fork_server_of(process):
    return ([*procfs.descendants(sandbox_of(process))] or [sandbox_of(process)])[0]


def session_of(process):
    """The process in which student code runs, once there is one."""
    below = [*procfs.descendants(sandbox_of(process))]
    return max(below) if below else sandbox_of(process)


@pytest.fixture
def students(tmp_path):
    folder = tmp_path / "students"
    folder.mkdir()
    for number in range(4):
        text = f"{FORGETFUL if number % 2 else SLOW}\n# {number}\n"
        (folder / f"s{number}.py").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("find", [worker_of, sandbox_of, fork_server_of, session_of])
def test_an_accident_costs_no_points_and_a_few_seconds(students, tmp_path, find, how):
    results = tmp_path / "results"
    process = start(students, "-o", results, "--jobs", 1, "--seed", 9)
    wait_for(1, process, results)
    victim = None
    while victim is None:
        try:
            victim = find(process)
            os.kill(victim, how)
        except (OSError, ValueError, StopIteration):  # that one has just ended
            victim = None
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    totals = {student: (row["status"], row["total"]) for student, row in rows(results).items()}
    assert {totals[name] for name in ("s0", "s2")} == {("graded", "100")}, totals
    assert totals["s1"] == totals["s3"]
    assert totals["s1"][0] == "graded"
    end = time.monotonic() + 60
    while procfs.stopped(victim):  # it is killed, and gone soon
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_grader_that_was_stopped_for_a_while_goes_on(students, tmp_path):
    results = tmp_path / "results"
    process = start(students, "-o", results, "--jobs", 2, "--seed", 9)
    wait_for(1, process, results)
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(2)  # longer than any of its messages should take
    os.kill(process.pid, signal.SIGCONT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert {rows(results)[name]["total"] for name in ("s0", "s2")} == {"100"}


FULL_DISK = """
mount -t tmpfs -o size={size} none "$1" && export TMPDIR="$1" && shift && exec "$@"
"""


@pytest.mark.parametrize("size", ["8k", "128k"])
def test_without_room_for_temporary_files_there_is_no_grade_and_later_there_is(
    students, tmp_path, size
):
    results, small = tmp_path / "results", tmp_path / "small"
    small.mkdir()
    grader = ["-m", "tinytorch", "grade", students, "-o", results, "--jobs", "1", "--seed", "9"]
    inner = ["sh", "-c", FULL_DISK.format(size=size), "sh", small]
    command = containment.contained(["-", *map(str, grader)])
    place = command.index(sys.executable)
    command = [*command[:place], *map(str, inner), sys.executable, *map(str, grader)]
    command.insert(1, "--mount")
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    table = rows(results)
    assert len(table) == 4, done.stderr
    assert {(row["status"], row["total"]) for row in table.values()} == {("could not grade", "")}
    assert all("No space left" in row["reason"] for row in table.values()), table
    assert grade(students, "-o", results)[0] == 0
    assert {rows(results)[name]["total"] for name in ("s0", "s2")} == {"100"}


def test_folders_of_killed_processes_are_deleted_and_those_of_others_are_not(tmp_path):
    source = (
        "import sys, tempfile; tempfile.tempdir = sys.argv[1];"
        "from tinytorch.grading.sandbox.workspace import workspace;"
        "print(workspace(), flush=True); sys.stdin.read()"
    )
    run = [sys.executable, "-c", source, tmp_path]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(run, **pipes) as killed, subprocess.Popen(run, **pipes) as living:
        left, kept = (Path(each.stdout.readline().strip()) for each in (killed, living))
        killed.kill()
        killed.wait()
        assert left.is_dir()
        workspace.sweep(tmp_path)
        assert kept.is_dir()
        assert not left.exists()
        living.stdin.close()
        living.wait()
        assert list(tmp_path.iterdir()) == []
