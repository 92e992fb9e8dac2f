"""Time grading side by side with nbgrader and otter: python tests/benchmarks/grading.py [PEERS].

PEERS is the `bin` folder of an environment with nbgrader, otter-grader and tinytorch's `learn`
extra; where one is not installed, its column is missing. All grade the same answered notebook with
the same 49 tests: the peers run tinytorch's suite in the student's own process, as they do with any
tests, while tinytorch runs it outside of a sandbox. Seconds are wall-clock time of the whole
command, divided by how many submissions it graded; memory is the sum over a worker's processes
of what they do not share (PSS), at its largest.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
KEY = ROOT / "tests/submissions/15_quantization/solution.py"
CLASS, FEW, CLASS_OF_PEERS, SINGLES = 500, 60, 6, 5
EXERCISES = {"quantize_int8": 25, "dequantize_int8": 10, "QuantizedLinear": 20, "calibrate": 15}
EXERCISES |= {"quantize_model": 15, "analyze_model_sizes": 5, "questions": 10}
GRADES = """from tinytorch.lessons import check
scores = {score.exercise: score.points for score in check().scores}"""


def notebook(graded_by_nbgrader=False):
    """The answered notebook, with cells that run the suite at its end."""
    key = KEY.read_text(encoding="utf-8").split("\n# %%")
    made = nbformat.v4.new_notebook()
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    sources = [part.split("\n", 1)[1] if number else part for number, part in enumerate(key)]
    made.cells = [nbformat.v4.new_code_cell(source) for source in [*sources, GRADES]]
    for name, points in EXERCISES.items() if graded_by_nbgrader else ():
        cell = nbformat.v4.new_code_cell(f"assert scores[{name!r}] == {points}")
        cell.metadata["nbgrader"] = {
            "grade": True, "solution": False, "locked": True, "task": False, "points": points,
            "grade_id": name, "schema_version": 3,
        }  # fmt: skip
        made.cells.append(cell)
    return made


def seconds(command, folder):
    started = time.perf_counter()
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=environment(command),
        capture_output=True,
        text=True,
    )
    taken = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    return taken


def environment(command):
    """This one, with what is installed beside a command found first, as in its environment."""
    return {**os.environ, "PATH": f"{Path(command[0]).parent}{os.pathsep}{os.environ['PATH']}"}


def memory_of(command, folder):
    """The most megabytes that a command has, and that one of its children has with all below it."""
    process = subprocess.Popen(
        list(map(str, command)), cwd=folder, env=environment(command),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    most = {}

    def sample():
        while process.poll() is None:
            for child in children(process.pid):
                most[child] = max(most.get(child, 0), tree(child))
            most[process.pid] = max(most.get(process.pid, 0), megabytes(process.pid))
            time.sleep(0.02)

    watcher = threading.Thread(target=sample)
    watcher.start()
    process.wait()
    watcher.join()
    own = most.pop(process.pid, 0)
    return own, max(most.values(), default=0)


def children(process):
    try:
        tasks = Path(f"/proc/{process}/task").glob("*/children")
        return [int(number) for path in tasks for number in path.read_text("ascii").split()]
    except OSError:
        return []


def tree(process):
    return megabytes(process) + sum(map(tree, children(process)))


def megabytes(process):
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    return 0


def ours(folder):
    """tinytorch: a class, one file, and what a worker takes."""
    command = [Path(sys.executable).with_name("tinytorch"), "grade"]
    more = ["--jobs", 2, "--seed", 1, "-o"]
    for name, size in (("class", CLASS), ("few", FEW)):
        (folder / name).mkdir()
        for number in range(size):
            shutil.copy(KEY, folder / name / f"s{number}.py")
    taken = seconds([*command, folder / "class", *more, folder / "results"], folder)
    singles = sorted(seconds([*command, KEY], folder) for _ in range(SINGLES))
    return {
        "one": singles[SINGLES // 2],
        "class": taken / CLASS,
        "memory": memory_of([*command, folder / "few", *more, folder / "measured"], folder)[1],
    }


def nbgrader(folder, peers):
    command = peers / "nbgrader"
    (folder / "source/ps1").mkdir(parents=True)
    nbformat.write(notebook(True), folder / "source/ps1/lesson.ipynb")
    (folder / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.root = {str(folder)!r}\n", encoding="utf-8"
    )
    seconds([command, "generate_assignment", "ps1", "--force"], folder)

    def hand_in(students):
        shutil.rmtree(folder / "submitted", ignore_errors=True)
        for number in range(students):
            shutil.copytree(folder / "release/ps1", folder / f"submitted/s{number}/ps1")

    again = [command, "autograde", "ps1", "--force"]
    hand_in(1)
    one = sorted(seconds(again, folder) for _ in range(SINGLES))[SINGLES // 2]
    hand_in(CLASS_OF_PEERS)
    taken = seconds(again, folder)
    return {"one": one, "class": taken / CLASS_OF_PEERS, "memory": sum(memory_of(again, folder))}


def otter(folder, peers):
    command = peers / "otter"
    for name in ("tests", "out"):
        (folder / name).mkdir()
    for name, points in EXERCISES.items():
        case = {"code": f">>> scores[{name!r}]\n{points}", "hidden": False, "locked": False}
        suite = {"cases": [case], "scored": True, "setup": "", "teardown": "", "type": "doctest"}
        test = {"name": name, "points": points, "suites": [suite]}
        text = f"OK_FORMAT = True\ntest = {test!r}\n"
        (folder / "tests" / f"{name}.py").write_text(text, encoding="utf-8")
    seconds([command, "generate", "-t", "tests", "-o", folder / "autograder.zip"], folder)
    for number in range(CLASS_OF_PEERS):
        nbformat.write(notebook(), folder / f"s{number}.ipynb")
    run = [command, "run", "-a", "autograder.zip", "-o", "out"]
    taken = sorted(seconds([*run, f"s{number}.ipynb"], folder) for number in range(CLASS_OF_PEERS))
    results = json.loads((folder / "out/results.json").read_text(encoding="utf-8"))
    earned = sum(test["score"] for test in results["tests"] if test.get("score"))
    assert earned == 100, results
    # It has no command for a class but one that starts a container for every submission.
    one = taken[len(taken) // 2]
    return {"one": one, "class": one, "memory": sum(memory_of([*run, "s0.ipynb"], folder))}


def main(peers):
    graders = {"tinytorch": ours}
    for name, run in (("nbgrader", nbgrader), ("otter", otter)):
        if (peers / name).exists():
            graders[name] = lambda folder, run=run: run(folder, peers)
    measured = {}
    for name, run in graders.items():
        with tempfile.TemporaryDirectory() as folder:
            measured[name] = run(Path(folder))
    rows = {
        "one submission, seconds": "one",
        "of a class, seconds each": "class",
        "a worker, MB": "memory",
    }
    print(f"| | {' | '.join(measured)} |\n|---|{'---|' * len(measured)}")
    for title, key in rows.items():
        values = [measured[name][key] for name in measured]
        cells = [f"{value:.3g} ({value / values[0]:.1f}x)" for value in values]
        print(f"| {title} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(sys.executable).parent)
