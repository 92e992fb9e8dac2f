"""A lesson of two exercises on temperatures: all that a lesson needs, and no line in the grader."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from grading.toy_lesson.client import TemperatureSubmission
from grading.toy_lesson.proxies import reference_proxies

from tinytorch.core import Tensor
from tinytorch.grading.lesson import Exercise, Lesson

EXERCISES = (
    Exercise("to_fahrenheit", ("to_fahrenheit",), "Exercise 1"),
    Exercise("warmest", ("warmest",), "Exercise 2"),
)


def to_fahrenheit(celsius: Tensor) -> Tensor:
    return celsius * 1.8 + 32.0


def warmest(celsius: Tensor) -> float:
    return float(to_fahrenheit(celsius).data.max())


def reference() -> dict[str, Any]:
    return {"to_fahrenheit": to_fahrenheit, "warmest": warmest}


def service(names: Sequence[str]) -> Callable[..., Any]:
    def ask(name: str, celsius: Tensor) -> Tensor:
        if name not in names:
            raise ValueError(f"refused: no proxy for {name} is in use")
        return to_fahrenheit(celsius)

    return ask


def carry_forward_plan(exercise: str, wrong: Collection[str]) -> list[list[str]]:
    return [["to_fahrenheit"]] if exercise == "warmest" and "to_fahrenheit" in wrong else []


LESSON = Lesson(
    name="01_temperatures",
    title="temperatures",
    folder=Path(__file__).with_name("module"),
    exercises=EXERCISES,
    client=TemperatureSubmission,
    reference=reference,
    proxies=reference_proxies,
    service=service,
    carry_forward_plan=carry_forward_plan,
)
