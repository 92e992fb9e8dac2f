"""`--cluster` grades like this machine alone, whatever happens to the workers of the cluster."""

import importlib
import json
import os
import shutil
import signal
from collections import Counter
from concurrent.futures import Executor, Future
from contextlib import nullcontext
from pathlib import Path

import pytest
from grading.classroom import class_runs
from grading.classroom.clusters import TESTS, loopback_cluster, wait_until
from grading.toy_lesson import LESSON
from redteam.containment import METHODS

import tinytorch
from tinytorch.grading.classroom import progress, run
from tinytorch.grading.classroom.cluster.connection import ClusterError
from tinytorch.grading.classroom.pool import WorkerDiedError
from tinytorch.grading.classroom.suite import lesson_of, reference_to
from tinytorch.lessons.quantization import LESSON as QUANTIZATION

STUDENTS = 300
ANSWERS = """from tinytorch.core import Tensor
def to_fahrenheit(celsius): return Tensor(celsius.data * 9 / 5 + 32)
def warmest(celsius): raise ValueError("{number}")
"""
ONLY_HERE = """import dataclasses
from grading.toy_lesson import LESSON as TOY
class Client(TOY.client): pass
LESSON = dataclasses.replace(TOY, client=Client)
"""
OPTIONS = ["--seed", 9, "--lesson", "grading.toy_lesson:LESSON"]


@pytest.fixture(scope="module")
def students(tmp_path_factory):
    """A class in which no two have the same results; two thirds of it cost little time."""
    folder = tmp_path_factory.mktemp("class")
    for number in range(STUDENTS):
        if number % 3:
            blank = "\n" * number
            (folder / f"s{number}.ipynb").write_text(f"{{{blank}!", encoding="utf-8")
        else:
            text = ANSWERS.format(number=number)
            (folder / f"s{number}.py").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def few(students, tmp_path_factory):
    folder = tmp_path_factory.mktemp("few")
    for number in range(0, 60, 3):
        shutil.copy(students / f"s{number}.py", folder)
    return folder


@pytest.fixture(scope="module")
def local(students, tmp_path_factory):
    """What this machine alone finds, by student."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPATH", str(TESTS))
        results = tmp_path_factory.mktemp("local")
        run.grade_class(LESSON, students, results, seed=9)
        return kept(results)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A scheduler, and two workers; the one called "nursed" is started again when it dies."""
    with loopback_cluster(tmp_path_factory.mktemp("cluster")) as made:
        made.start("lonely", "--no-nanny")
        made.start("nursed")
        made.wait_for("lonely", "nursed")
        yield made


def kept(results):
    """All that is written of each student, but for how long it took."""
    found = {path.parent.name: json.loads(path.read_text(encoding="utf-8"))
             for path in results.glob("students/*/results.json")}  # fmt: skip
    return {name: {**each, "execution_time": 0} for name, each in found.items()}


@pytest.fixture
def writes(monkeypatch):
    """How often each student's results were written."""
    counted, write = Counter(), progress.write

    def counting(path, text):
        counted[path.parent.name] += path.name == "results.json"
        write(path, text)

    monkeypatch.setattr(progress, "write", counting)
    return counted


def assert_each_once(results, writes, local):
    assert kept(results) == local
    assert {name for name, count in writes.items() if count} == local.keys()
    assert max(writes.values()) == 1


def test_a_killed_worker_costs_no_result_and_doubles_none(
    cluster, students, local, writes, tmp_path
):
    said, counted = [], []

    def advance(done, total):
        counted.append((done, total))
        if done == STUDENTS // 2:
            os.kill(cluster.worker_process("nursed").pid, signal.SIGKILL)

    run.grade_class(
        LESSON, students, tmp_path / "r", cluster=cluster.address, seed=9, advance=advance,
        warn=said.append,
    )  # fmt: skip
    assert said == []
    assert counted == [(number, STUDENTS) for number in range(1, STUDENTS + 1)]
    assert len({json.dumps(each["output"]) for each in local.values()}) > STUDENTS / 2
    assert_each_once(tmp_path / "r", writes, local)


class WrongExecutor(Executor):
    """Has found what the local run did, and makes a mistake with one student."""

    def __init__(self, local, mistake):
        self.local, self.mistake = local, mistake

    def submit(self, task, path, others):
        future = Future()
        if path.stem == "s30" and self.mistake == "lost":
            future.set_exception(WorkerDiedError("its worker is lost"))
            return future
        swapped = path.stem == "s30" and self.mistake == "swapped"
        found = self.local["s33" if swapped else path.stem]
        extra = {name: each for name, each in found["extra_data"].items()
                 if name not in ("student", "made_from")}  # fmt: skip
        future.set_result({**found, "extra_data": extra})
        if path.stem == "s30" and self.mistake == "doubled":
            add = future.add_done_callback
            future.add_done_callback = lambda told: (add(told), add(told))
        return future


@pytest.mark.parametrize("mistake", ["none", "lost", "swapped", "doubled"])
def test_the_comparison_finds_executors_that_are_wrong(
    few, local, writes, tmp_path, monkeypatch, mistake
):
    local = {path.stem: local[path.stem] for path in few.iterdir()}
    pool = WrongExecutor(local, mistake)
    monkeypatch.setattr(run, "pools", lambda *args: nullcontext(lambda *args: pool))
    right = nullcontext() if mistake == "none" else pytest.raises(AssertionError)
    with right:
        run.grade_class(LESSON, few, tmp_path, seed=9)
        assert_each_once(tmp_path, writes, local)


@pytest.mark.skipif("bubblewrap" not in METHODS, reason="this system has no weaker sandbox")
def test_workers_of_another_version_or_with_a_weaker_sandbox_are_refused_by_name(
    cluster, few, local, tmp_path
):
    package = Path(tinytorch.__file__).parent
    shutil.copytree(package, tmp_path / "old/tinytorch", ignore=shutil.ignore_patterns("*.npz"))
    changed = tmp_path / "old/tinytorch/grading/reports/results.py"
    with changed.open("a", encoding="utf-8") as file:
        file.write("# of last year\n")
    path = f"{tmp_path / 'old'}{os.pathsep}{TESTS}"
    cluster.start("of last year", "--no-nanny", PYTHONPATH=path)
    cluster.start("without bubblewrap", "--no-nanny", PATH="")
    said = []
    try:
        cluster.wait_for("lonely", "nursed", "of last year", "without bubblewrap")
        run.grade_class(
            LESSON,
            few,
            tmp_path / "r",
            cluster=cluster.address,
            seed=9,
            warn=said.append,
            similarity=True,
        )
    finally:
        cluster.end("of last year")
        cluster.end("without bubblewrap")
        cluster.wait_for("lonely", "nursed")
    assert len(said) == 2
    old, weak = sorted(said, key=lambda sentence: "bubblewrap" in sentence)
    assert old.startswith("worker tcp://127.0.0.1:")
    assert "(of last year) gets no work: it has another version of the suite" in old
    assert "(without bubblewrap) gets no work: its sandbox enforces less than" in weak
    assert kept(tmp_path / "r") == {path.stem: local[path.stem] for path in few.iterdir()}
    page = (tmp_path / "r/similarity.html").read_text(encoding="utf-8")
    assert "Nothing is alike" in page
    assert "Not compared" not in page


def test_ctrl_c_ends_what_runs_and_keeps_what_is_graded(cluster, few, local, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    # Where tests run in the background it is ignored, and the processes that they start inherit it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    arguments = [few, "-o", tmp_path / "r", "--cluster", cluster.address, *OPTIONS]
    try:
        process = class_runs.start(*arguments)
    finally:
        signal.signal(signal.SIGINT, before)
    class_runs.wait_for(4, process, tmp_path / "r")
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "interrupted; the same command goes on from here\n")
    found = kept(tmp_path / "r")
    assert 4 <= len(found) < 20
    wait_until(lambda: not cluster.graders())
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "r").rglob("results.json")}
    status, said = class_runs.grade(*arguments)
    assert status == 0, said
    assert {path: path.stat().st_mtime_ns for path in times} == times
    assert kept(tmp_path / "r") == {path.stem: local[path.stem] for path in few.iterdir()}


def test_without_a_scheduler_there_is_one_sentence_and_nothing_is_written(few, tmp_path):
    with pytest.raises(ClusterError, match=r"no Dask scheduler answers at tcp://127.0.0.1:1 "):
        run.grade_class(LESSON, few, tmp_path / "r", cluster="tcp://127.0.0.1:1")
    assert not (tmp_path / "r").exists()


def test_without_a_worker_that_can_grade_there_is_one_sentence_and_nothing_is_written(
    cluster, few, tmp_path, monkeypatch
):
    (tmp_path / "only_here.py").write_text(ONLY_HERE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    lesson = importlib.import_module("only_here").LESSON
    said = []
    with pytest.raises(ClusterError, match=r"no worker of tcp://.* can grade") as caught:
        run.grade_class(lesson, few, tmp_path / "r", cluster=cluster.address, warn=said.append)
    assert sorted("lonely" in each for each in said) == [False, True]
    assert all(each in str(caught.value) for each in said)
    assert all("No module named 'only_here'" in each for each in said)
    assert not (tmp_path / "r").exists()


def test_the_lesson_is_found_by_other_machines():
    assert reference_to(QUANTIZATION) == "tinytorch.lessons.quantization:LESSON"
    assert lesson_of(reference_to(LESSON)) is LESSON
