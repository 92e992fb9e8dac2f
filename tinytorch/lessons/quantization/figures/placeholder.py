"""Functions that return a figure, or a placeholder while an exercise is not written yet."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from tinytorch.grading.reports.pages import render
from tinytorch.lessons.quantization.figures.drawing import new_figure

Given = ParamSpec("Given")


class FigurePlaceholder:
    """A sentence in place of a figure.

    Args:
        message: what the figure waits for, such as "exercise 1, quantize_int8".

    Example:
        >>> FigurePlaceholder("exercise 1, quantize_int8")
        This figure waits for: exercise 1, quantize_int8.
    """

    def __init__(self, message: str) -> None:
        self.message = message.strip().rstrip(".") or "an exercise that is not written yet"

    def __repr__(self) -> str:
        return f"This figure waits for: {self.message}."

    def _repr_html_(self) -> str:
        return render("placeholder.html", message=self.message)


def figure(
    rows: int, columns: int, height: float = 3.5
) -> Callable[[Callable[Concatenate[Any, Given], Any]], Callable[Given, Any]]:
    """Make a function that draws panels one that returns a matplotlib Figure of them.

    Exercises start as stubs that raise NotImplementedError with their name; the figure is then a
    FigurePlaceholder. All other errors pass: they are about code that a student wrote and wants to
    see. Without matplotlib (in the `learn` extra), the call raises ImportError.

    Args:
        rows: of panels.
        columns: of panels.
        height: of the figure, in inches; it is 10 wide.

    Returns:
        A decorator for functions whose first argument is the array of axes, of shape (rows,
        columns). They may return a FigurePlaceholder.
    """

    def decorate(fill: Callable[Concatenate[Any, Given], Any]) -> Callable[Given, Any]:
        @functools.wraps(fill)
        def draw(*args: Given.args, **kwargs: Given.kwargs) -> Any:
            made, axes = new_figure(rows, columns, 10, height)
            try:
                return fill(axes, *args, **kwargs) or made
            except NotImplementedError as error:
                return FigurePlaceholder(str(error))

        whole = inspect.signature(fill)
        own = [each for each in whole.parameters.values() if each.name != "axes"]
        shown = whole.replace(parameters=own, return_annotation="Figure | FigurePlaceholder")
        draw.__signature__ = shown  # type: ignore[attr-defined]
        return draw

    return decorate
