"""Otter-Grader: the notebook of which `otter assign` makes an assignment and its autograder.

Otter's own words (otter-grader.readthedocs.io, "Otter Assign format"): raw cells begin and end a
question and its tests, and what stands between "# BEGIN SOLUTION" and "# END SOLUTION" is taken out
for students. Here the questions stand at the end, one for each exercise, with a test case for each
test of the suite, which runs as `check` runs it.

Otter runs all of a submission's code in the process that decides the points.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from tinytorch.core.system import optional
from tinytorch.lessons.handouts.gate import Earned, require_no_answers, run
from tinytorch.lessons.handouts.notebooks import Sources, is_looked_at_only, new_cell, read, write
from tinytorch.lessons.handouts.texts import text

BEGIN, END = "# BEGIN SOLUTION NO PROMPT", "# END SOLUTION"
IGNORED = "otter_ignore"  # cells with this tag are left out when Otter grades
CONFIG = """\
# ASSIGNMENT CONFIG
name: {name}
init_cell: false
export_cell: false
strip_solutions_from_all_cells: true
tests:
  ok_format: false
autograder_files:
  - {wheel}
requirements:
  - "./files/{wheel}[learn]"
"""
QUESTION = "# BEGIN QUESTION\nname: {name}\npoints: {points}\ncheck_cell: false"
TEST = '''\
""" # BEGIN TEST CONFIG
points: {points}
hidden: true
""" # END TEST CONFIG
def test_{number}(env):
    from tinytorch.lessons.handouts.runners.notebook import require
    require({exercise!r}, {title!r}, env)
test_{number}(globals())'''


def build(folder: Path, sources: Sources) -> None:
    """Write the notebook for `otter assign`, the library, and a page that says how to use them.

    Args:
        folder: an empty one.
        sources: the lesson and its key.
    """
    wheel = sources.write_library(folder).name
    notebook = sources.with_both(BEGIN, END)
    for cell in notebook.cells:
        if is_looked_at_only(cell):
            cell.metadata["tags"] = [IGNORED]
    config = CONFIG.format(name=sources.lesson.name, wheel=wheel)
    notebook.cells.insert(0, new_cell("raw", config, "assignment"))
    tests = sources.tests()
    for name, points in sources.points().items():
        own = [each for each in tests if each.exercise == name]
        notebook.cells += [
            new_cell("raw", QUESTION.format(name=name, points=points), f"question-{name}"),
            new_cell("markdown", f"## Points: {name}", f"points-{name}"),
            new_cell("raw", "# BEGIN TESTS", f"begin-{name}"),
        ]
        for number, each in enumerate(own, 1):
            source = TEST.format(points=each.points, number=number, exercise=name, title=each.title)
            notebook.cells.append(new_cell("code", source, f"test-{name}-{number}"))
        notebook.cells += [
            new_cell("raw", "# END TESTS", f"end-{name}"),
            new_cell("raw", "# END QUESTION", f"behind-{name}"),
        ]
    write(notebook, folder / sources.file_name)
    page = text("otter.md", sources, wheel=wheel)
    (folder / "README.md").write_text(page, encoding="utf-8")


def gate(folder: Path, sources: Sources) -> Earned:
    """Let Otter assign and grade, untouched and with the answers.

    Args:
        folder: what `build` wrote.
        sources: the lesson and its key.

    Raises:
        HandoutError: if Otter fails, or leaves an answer in what students get.
        ImportError: if it is not installed.
    """
    with optional("otter-grader", "otter", "a handout for Otter"):
        distribution("otter-grader")
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary, "otter")
        released = assign(folder, work, sources)
        require_no_answers(work / "dist" / "student", sources.answers())
        results = grade(work, sources, {"key": sources.answered(released), "untouched": released})
    worth = float(sum(sources.points().values()))
    return Earned(total(results["key"]), total(results["untouched"]), worth)


def assign(folder: Path, work: Path, sources: Sources) -> Any:
    """Copy the handout, and have Otter make the assignment there.

    Args:
        folder: what `build` wrote.
        work: a folder that does not exist yet; `dist` in it gets the assignment.
        sources: the lesson and its key.

    Returns:
        The students' notebook.
    """
    shutil.copytree(folder, work)
    # Whether the key passes is seen by grading it.
    run(_command("assign", "--no-run-tests", sources.file_name, "dist"), work)
    return read(work / "dist" / "student" / sources.file_name)


def grade(work: Path, sources: Sources, submitted: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Have Otter grade notebooks.

    Args:
        work: what `assign` filled.
        sources: the lesson and its key.
        submitted: a notebook for each student.

    Returns:
        What Otter's results.json holds, for each student.
    """
    (autograder,) = (work / "dist" / "autograder").glob("*.zip")
    results = {}
    for student, notebook in submitted.items():
        folder = work / "submitted" / student
        write(notebook, folder / sources.file_name)
        run(_command("run", "-a", str(autograder), "-o", ".", sources.file_name), folder)
        results[student] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return results


def total(results: dict[str, Any]) -> float:
    """The points in a results.json of Otter's."""
    return float(sum(test.get("score") or 0 for test in results["tests"]))


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "otter", *arguments]
