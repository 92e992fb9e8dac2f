"""What the quantization lesson asks for: its exercises in order, and what each one defines."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import tinytorch


class Exercise(NamedTuple):
    """An exercise of a lesson."""

    name: str
    points: int
    defines: tuple[str, ...]


LESSON = "15_quantization"

QUESTIONS = (
    *("q1_fp32_bytes", "q1_int8_bytes"),
    *("q2_max_error", "q2_snr_db"),
    *("q3_images", "q3_coarser"),
    *("q4_fp32_seconds", "q4_int8_seconds"),
    *("q5_fp32_values", "q5_int8_values"),
)

EXERCISES = (
    Exercise("quantize_int8", 25, ("choose_qparams", "quantize_int8")),
    Exercise("dequantize_int8", 10, ("dequantize_int8",)),
    Exercise("QuantizedLinear", 20, ("QuantizedLinear",)),
    Exercise("calibrate", 15, ("calibrate", "quantize_input")),
    Exercise("quantize_model", 15, ("quantize_model",)),
    Exercise("analyze_model_sizes", 5, ("analyze_model_sizes",)),
    Exercise("questions", 10, QUESTIONS),
)


def exercise_named(name: str) -> Exercise:
    """Find an exercise.

    Raises:
        ValueError: if there is none of that name; the message lists all.
    """
    for exercise in EXERCISES:
        if exercise.name == name:
            return exercise
    names = ", ".join(exercise.name for exercise in EXERCISES)
    raise ValueError(f"there is no exercise {name!r}; the exercises are {names}")


def lesson_folder() -> Path:
    """Where the lesson's files are: in the clone, or in the installed package.

    Raises:
        FileNotFoundError: if they are in neither.
    """
    package = Path(tinytorch.__file__).parent
    places = [package.parent / "modules" / LESSON, package / "modules" / LESSON]
    for place in places:
        if (place / f"test_{LESSON}.py").is_file():
            return place
    raise FileNotFoundError(f"the lesson is in none of {', '.join(map(str, places))}")
