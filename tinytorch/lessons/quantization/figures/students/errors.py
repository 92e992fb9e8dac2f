"""Sentences about a student's code: what it raised, in which line, and which check to run."""

from __future__ import annotations

import os
import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tinytorch
from tinytorch.lessons.quantization.exercises import EXERCISES

MAX_CHARACTERS = 160  # of an exception's message, and of a line of code

# The exercise that a function belongs to. Methods of exercise 3 are not in the lesson's list.
METHODS = ("__init__", "forward", "__call__", "memory_usage", "parameters")
EXERCISE_OF = {name: each.name for each in EXERCISES for name in each.defines}
EXERCISE_OF |= dict.fromkeys(METHODS, "QuantizedLinear")
# Neither tinytorch's own code nor that of installed packages is a student's.
LIBRARIES = {
    os.path.normcase(path)
    for path in (
        str(Path(tinytorch.__file__).parent),
        *(sysconfig.get_paths()[kind] for kind in ("stdlib", "platstdlib", "purelib", "platlib")),
    )
}


class StudentCodeError(Exception):
    """A student's code failed, or returned what a figure cannot be drawn from.

    Args:
        fault: what is wrong, without a full stop.
        exercise: the name that `check` knows the exercise by.
    """

    def __init__(self, fault: str, exercise: str) -> None:
        super().__init__(f'{fault}; run check("{exercise}")')


@contextmanager
def running(called: str, exercise: str) -> Iterator[None]:
    """Run a student's code inside of this.

    Args:
        called: what is called, such as "quantize_int8".
        exercise: the exercise that it belongs to, if the traceback names no other one.

    Raises:
        StudentCodeError: for what the code raises. NotImplementedError passes: it is what an
            exercise that is not written raises.
    """
    try:
        yield
    except (NotImplementedError, StudentCodeError):
        raise
    except Exception as error:
        told = _shortened(str(error))
        fault = f"{called} raised {type(error).__name__}" + (f" ({told})" if told else "")
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(frame)]
        # The innermost function of the student's is where to look.
        if frames and frames[-1].line:
            fault += f', in the line "{_shortened(frames[-1].line)}"'
        owners = (EXERCISE_OF.get(frame.name) for frame in reversed(frames))
        raise StudentCodeError(fault, next(filter(None, owners), exercise)) from error


def require(condition: bool, fault: str, exercise: str) -> None:
    """Raise a StudentCodeError with these words unless the condition holds."""
    if not condition:
        raise StudentCodeError(fault, exercise)


def _is_own(frame: traceback.FrameSummary) -> bool:
    place = os.path.normcase(frame.filename)
    return not place.startswith("<frozen ") and not any(
        place.startswith(folder + os.sep) for folder in LIBRARIES
    )


def _shortened(text: str) -> str:
    """A text on one line, cut where it becomes long."""
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= MAX_CHARACTERS else f"{line[:MAX_CHARACTERS]}..."
