"""What stands in for a figure while the exercise that it draws is not written yet."""

from __future__ import annotations

import functools
import html
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Drawn = TypeVar("Drawn")


class Waiting:
    """A sentence in place of a figure.

    Args:
        message: what the figure waits for, such as "exercise 1, quantize_int8".

    Example:
        >>> Waiting("exercise 1, quantize_int8")
        This figure waits for: exercise 1, quantize_int8.
    """

    def __init__(self, message: str) -> None:
        self.message = message.strip().rstrip(".") or "an exercise that is not written yet"

    def __repr__(self) -> str:
        return f"This figure waits for: {self.message}."

    def _repr_html_(self) -> str:
        # currentColor is the text's own colour, so that the bar fits light and dark themes.
        style = "border-left: 0.25em solid currentColor; padding: 0.4em 0.8em; font-size: 1.05em"
        message = html.escape(self.message)
        return f'<p style="{style}">This figure waits for: <strong>{message}</strong>.</p>'


def waits_for_exercises(
    draw: Callable[Given, Drawn],
) -> Callable[Given, Drawn | Waiting]:
    """Make a figure function return a `Waiting` if it meets an exercise that is not written.

    Exercises start as stubs that raise NotImplementedError with their name. All other errors
    pass: they are about code that a student wrote and wants to see.

    Args:
        draw: a function that calls what students write.

    Returns:
        The same function, with the same signature and docstring.

    Example:
        >>> @waits_for_exercises
        ... def figure(quantize):
        ...     return quantize(1.0)
        >>> def stub(value):
        ...     raise NotImplementedError("exercise 1, quantize_int8")
        >>> figure(stub)
        This figure waits for: exercise 1, quantize_int8.
        >>> figure(round)
        1
    """

    @functools.wraps(draw)
    def draw_or_wait(*args: Given.args, **kwargs: Given.kwargs) -> Drawn | Waiting:
        try:
            return draw(*args, **kwargs)
        except NotImplementedError as error:
            return Waiting(str(error))

    return draw_or_wait
