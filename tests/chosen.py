"""What the tests of `definitions` share: choosing, executing and grading cells."""

import __future__

import linecache
import warnings

from samples import grade

from tinytorch.grading.submission.definitions import definitions
from tinytorch.grading.submission.reading import Cell
from tinytorch.lessons.quantization.exercises import EXERCISES

NAMES = [name for exercise in EXERCISES for name in exercise.defines]
FUTURES = __future__.annotations.compiler_flag


def chosen(*sources, names=("answer",)):
    """What is chosen of cells, for the name `answer`."""
    return definitions([Cell(n, source) for n, source in enumerate(sources, 1)], names)


def lines(*sources, names=("answer",)):
    """The first lines of what is chosen."""
    return [statement.source.split("\n")[0] for statement in chosen(*sources, names=names)[0]]


def executed(code):
    """Execute each statement on its own, as the grader does; errors are under `errors`."""
    namespace = {"__name__": "__main__"}
    errors, flags, shown = [], 0, {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, line, source in code.statements:
            padded = "\n" * (line - 1) + source
            known, own = shown.setdefault(name, []), padded.splitlines(keepends=True)
            known += [""] * (len(own) - len(known))
            known[line - 1 : len(own)] = own[line - 1 :]
            linecache.cache[name] = (0, None, known, name)
            try:
                compiled = compile(padded, name, "exec", flags=flags, dont_inherit=True)
                flags |= compiled.co_flags & FUTURES
                exec(compiled, namespace)
            except Exception as error:
                errors.append(error)
    namespace["errors"] = errors
    return namespace


def answer(*sources):
    """What `answer` is after what is chosen was executed."""
    return executed(chosen(*sources)).get("answer")


def grade_cells(cells):
    return grade(executed(definitions(cells, NAMES)))


def losses(report):
    return {s.exercise: s.max_points - s.points for s in report.scores if s.points < s.max_points}
