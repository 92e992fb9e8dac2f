"""Functions that return a figure, or a sentence in its place where students' code gives none."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Concatenate, NoReturn, ParamSpec

from tinytorch.grading.reports.pages import render
from tinytorch.lessons.quantization.figures.drawing import legible, new_figure
from tinytorch.lessons.quantization.figures.students import StudentCodeError, checked

Given = ParamSpec("Given")

WAITING = "This figure waits for"
NOT_DRAWN = "This figure cannot be drawn"


class FigurePlaceholder:
    """A sentence in place of a figure.

    Args:
        message: what the figure waits for, such as "exercise 1, quantize_int8", or why it cannot
            be drawn.
        lead: how the sentence begins.

    Example:
        >>> FigurePlaceholder("exercise 1, quantize_int8")
        This figure waits for: exercise 1, quantize_int8.
    """

    def __init__(self, message: str, lead: str = WAITING) -> None:
        self.message = message.strip().rstrip(".") or "an exercise that is not written yet"
        self.lead = lead

    def __repr__(self) -> str:
        return f"{self.lead}: {self.message}."

    def _repr_html_(self) -> str:
        return render("placeholder.html", lead=self.lead, message=self.message)

    def savefig(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Say why there is no picture to keep.

        Raises:
            ValueError: always, with the sentence.
        """
        raise ValueError(f"there is no picture to keep. {self!r}")


def figure(
    rows: int, columns: int, height: float = 3.8
) -> Callable[[Callable[Concatenate[Any, Given], Any]], Callable[Given, Any]]:
    """Make a function that draws panels one that returns a matplotlib Figure of them.

    Functions of a student, which are known by their parameters' names, are passed on with checks
    around them. If one fails these, or is a stub that raises NotImplementedError with its exercise,
    a FigurePlaceholder is returned. All other exceptions are mistakes of this package, and pass.
    Without matplotlib (in the `learn` extra), the call raises ImportError.

    Args:
        rows: of panels.
        columns: of panels.
        height: of the figure, in inches; it is 10 wide.

    Returns:
        A decorator for functions whose first argument is the array of axes, of shape (rows,
        columns). They may return a FigurePlaceholder.
    """

    def decorate(fill: Callable[Concatenate[Any, Given], Any]) -> Callable[Given, Any]:
        whole = inspect.signature(fill)
        own = [each for each in whole.parameters.values() if each.name != "axes"]
        shown = whole.replace(parameters=own, return_annotation="Figure | FigurePlaceholder")

        @functools.wraps(fill)
        def draw(*args: Given.args, **kwargs: Given.kwargs) -> Any:
            given = shown.bind(*args, **kwargs).arguments
            passed: dict[str, Any] = {name: checked(name, value) for name, value in given.items()}
            with legible():
                made, axes = new_figure(rows, columns, 10, height)
                try:
                    return fill(axes, **passed) or made  # type: ignore[call-arg]
                except NotImplementedError as error:
                    return FigurePlaceholder(str(error))
                except StudentCodeError as error:
                    return FigurePlaceholder(str(error), NOT_DRAWN)

        draw.__signature__ = shown  # type: ignore[attr-defined]
        return draw

    return decorate
