"""nbgrader: a course folder with a source notebook, of which nbgrader makes assignment and grades.

nbgrader's own words (nbgrader.readthedocs.io, "Creating and grading assignments"): a region of a
cell between "BEGIN SOLUTION" and "END SOLUTION" is taken out for students, and one between "BEGIN
HIDDEN TESTS" and "END HIDDEN TESTS" comes back when a submission is graded. The value of a graded
cell is its points. Here the graded cells stand at the end, one for each exercise: each runs the
suite's tests of that exercise, as `check` does, on what the notebook defines by then.

nbgrader runs all of a submission's code in the process in which these cells give the points.
"""

from __future__ import annotations

import csv
import shutil
import sys
import tempfile
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from tinytorch.core.system import optional
from tinytorch.lessons.handouts.gate import Earned, HandoutError, require_no_answers, run
from tinytorch.lessons.handouts.notebooks import Sources, is_looked_at_only, new_cell, read, write
from tinytorch.lessons.handouts.texts import text

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
SKIPPED = "skip-execution"  # cells with this tag are left out by nbclient, and not by Jupyter
POINTS = """\
# {name}: {points} points. When your notebook is graded, the checks of this exercise run here.
### BEGIN HIDDEN TESTS
from tinytorch.lessons import check as graded

graded_report = graded({name!r})
print(graded_report)
graded_report.points
### END HIDDEN TESTS"""


def build(folder: Path, sources: Sources) -> None:
    """Write configuration, source notebook, the library, and a page that says how to use them.

    Args:
        folder: an empty one.
        sources: the lesson and its key.
    """
    wheel = sources.write_library(folder)
    notebook = sources.with_both(BEGIN, END)
    for cell in notebook.cells:
        if "exercise" in cell.metadata:
            name = cell.metadata["exercise"].replace(" ", "_")
            cell.metadata["nbgrader"] = _metadata(f"exercise_{name}", solution=True)
        elif is_looked_at_only(cell):
            cell.metadata["tags"] = [SKIPPED]
    notebook.cells.append(new_cell("markdown", "## Points", "points"))
    for name, points in sources.points().items():
        cell = new_cell("code", POINTS.format(name=name, points=points), f"points-{name}")
        cell.metadata["nbgrader"] = _metadata(f"points_{name}", points=points)
        notebook.cells.append(cell)
    write(notebook, folder / "source" / sources.lesson.name / sources.file_name)
    texts = {"nbgrader_config.txt": "nbgrader_config.py", "nbgrader.md": "README.md"}
    for template, name in texts.items():
        (folder / name).write_text(text(template, sources, wheel=wheel.name), encoding="utf-8")


def gate(folder: Path, sources: Sources) -> Earned:
    """Let nbgrader generate the assignment and grade it, untouched and with the answers.

    Args:
        folder: what `build` wrote.
        sources: the lesson and its key.

    Raises:
        HandoutError: if nbgrader fails, or leaves an answer in what students get.
        ImportError: if it is not installed.
    """
    with optional("nbgrader", "nbgrader", "a handout for nbgrader"):
        distribution("nbgrader")
    with tempfile.TemporaryDirectory() as temporary:
        course = Path(temporary, "course")
        generate(folder, course)
        require_no_answers(course / "release", sources.answers())
        released = read(course / "release" / sources.lesson.name / sources.file_name)
        rows = grade(course, sources, {"key": sources.answered(released), "untouched": released})
    key, untouched = rows["key"], rows["untouched"]
    return Earned(float(key["score"]), float(untouched["score"]), float(key["max_score"]))


def generate(folder: Path, course: Path) -> None:
    """Copy a course folder, and have nbgrader generate its assignments there.

    Args:
        folder: what `build` wrote.
        course: a folder that does not exist yet.
    """
    shutil.copytree(folder, course)
    for assignment in sorted((course / "source").iterdir()):
        run(_command("generate_assignment", assignment.name), course)


def grade(course: Path, sources: Sources, submitted: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Have nbgrader grade notebooks.

    Args:
        course: the folder of a course whose assignment was generated.
        sources: the lesson and its key.
        submitted: a notebook for each student.

    Returns:
        The row of each student in what nbgrader exports.
    """
    name = sources.lesson.name
    for student, notebook in submitted.items():
        write(notebook, course / "submitted" / student / name / sources.file_name)
    run(_command("autograde", name), course)
    run(_command("export", "--to=grades.csv"), course)
    with (course / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    if missing := submitted.keys() - rows.keys():
        raise HandoutError(f"nothing is written, as nbgrader has no grades of {sorted(missing)}")
    return rows


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "nbgrader", *arguments]


def _metadata(grade_id: str, points: int | None = None, solution: bool = False) -> dict[str, Any]:
    """What nbgrader keeps of a cell, in the third version of its format."""
    metadata = {
        "grade": not solution, "grade_id": grade_id, "locked": not solution, "schema_version": 3,
        "solution": solution, "task": False,
    }  # fmt: skip
    return metadata if points is None else {**metadata, "points": points}
