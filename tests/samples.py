"""The submissions in tests/submissions: the answer key, and what differs from it.

A file in `wrong` or `correct` holds only what it does differently: it is executed after the key, in
the same namespace. A wrong one says in EXERCISE which exercise must lose marks, and in MESSAGE, a
regular expression, what the first sentence about it must say. ROW and POINTS, where they stand,
name the first test that it fails and all the points that it costs.
"""

from functools import partial
from pathlib import Path

from tinytorch.grading import runner
from tinytorch.lessons.quantization import LESSON

SECONDS = 60  # for an exercise: what these tests find must not depend on other processes
grade = partial(runner.grade, LESSON, seconds=SECONDS)
grade_file = partial(runner.grade_file, LESSON)
FOLDER = Path(__file__).parent / "submissions" / "15_quantization"
KEY = FOLDER / "solution.py"


def files_in(kind: str) -> list[Path]:
    """The files of variants that are "wrong" or "correct"."""
    return sorted((FOLDER / kind).glob("*.py"))


def quick(paths: list[Path]) -> list[Path]:
    """All but what takes many seconds, for tests of what has nothing to do with its code."""
    return [path for path in paths if path.stem != "loops_in_pure_python"]


def load(variant: Path | None = None) -> dict:
    """The namespace in which the key and then a variant of it were executed."""
    namespace = {"__name__": "student"}
    for path in [KEY] if variant is None else [KEY, variant]:
        source = path.read_text(encoding="utf-8")
        exec(compile(source, str(path), "exec", dont_inherit=True), namespace)
    return namespace
