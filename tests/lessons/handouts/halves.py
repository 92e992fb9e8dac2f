"""A notebook that is half right: what every format has to give part of the points for."""

import copy

from lessons.notebook import answers
from samples import grade_file

from tinytorch.grading.sandbox.sandbox import Sandbox
from tinytorch.lessons.handouts.notebooks import exercise_cells, write


def half_right(notebook):
    """A copy of an untouched notebook with two answers, of which one rounds down."""
    notebook = copy.deepcopy(notebook)
    cells = exercise_cells(notebook)
    right = answers()
    rounded = right["quantize_int8"].replace("np.rint(values", "np.floor(values")
    assert rounded != right["quantize_int8"]
    cells["quantize_int8"].source = rounded
    cells["dequantize_int8"].source = right["dequantize_int8"]
    return notebook


def points_in_the_sandbox(notebook, path):
    """What `tinytorch grade` gives each exercise of a notebook."""
    write(notebook, path)
    with Sandbox() as sandbox:
        report = grade_file(path, sandbox)
    return {score.exercise: score.points for score in report.scores if score.max_points}
