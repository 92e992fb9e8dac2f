"""What the tests of `definitions` share: choosing, executing and grading cells."""

import warnings
from pathlib import Path

from samples import grade

from tinytorch.grading.sandbox.inside.submission.cells import TEXT, Cell, cells_of
from tinytorch.grading.sandbox.inside.submission.definitions import definitions
from tinytorch.grading.sandbox.inside.worker import run
from tinytorch.grading.submission.reading import read_content
from tinytorch.lessons.quantization.exercises import EXERCISES

NAMES = [name for exercise in EXERCISES for name in exercise.defines]


def read_cells(path):
    """The code cells of a file, found here and not in a sandbox."""
    cells = cells_of(read_content(path), Path(path).suffix)
    return [cell for cell in cells if cell.number != TEXT]


def chosen(*sources, names=("answer",)):
    """What is chosen of cells, for the name `answer`."""
    return definitions([Cell(n, source) for n, source in enumerate(sources, 1)], names)


def lines(*sources, names=("answer",)):
    """The first lines of what is chosen."""
    return [statement.source.split("\n")[0] for statement in chosen(*sources, names=names)[0]]


def executed(code):
    """Execute the statements as the grader does; errors are under `errors`."""
    namespace = {"__name__": "__main__"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        namespace["errors"] = run(code.statements, namespace)
    return namespace


def answer(*sources):
    """What `answer` is after what is chosen was executed."""
    return executed(chosen(*sources)).get("answer")


def grade_cells(cells):
    return grade(executed(definitions(cells, NAMES)))


def losses(report):
    return {s.exercise: s.max_points - s.points for s in report.scores if s.status != "passed"}
