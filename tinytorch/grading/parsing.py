"""Parses a cell, in Python or in what IPython makes of it, whatever it holds.

Python's parser was tried with every kind of bracket, prefix and chain nested up to 100,000 deep: it
raises an exception, soon, and does not crash.
"""

from __future__ import annotations

import ast
import warnings

from tinytorch.grading.magics import without_magics

LONGEST_CELL = 1_000_000  # characters; parsing takes some 500 bytes of memory for each


class Unparsable(ValueError):
    """A cell is not Python."""


def parsed(source: str) -> tuple[str, list[ast.stmt]]:
    """Parse a cell.

    Returns:
        The source, with other lines in the place of magics if there are any, and its statements.

    Raises:
        Unparsable: if it is not Python; the message follows on "cell 7".
    """
    if len(source) > LONGEST_CELL:
        raise Unparsable(f"is too long to be read: it has {len(source):,} characters")
    if not source or source.isspace():
        return source, []
    try:
        return source, parse(source)
    except Unparsable:
        source = without_magics(source)
        return source, parse(source)


def parse(source: str) -> list[ast.stmt]:
    """Parse Python without magics.

    Raises:
        Unparsable: if it is not Python.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" must not cost points if warnings are errors
            return ast.parse(source).body
    except SyntaxError as error:
        place = f" (line {error.lineno})" if error.lineno else ""
        raise Unparsable(f"does not parse: {error.msg[:120]}{place}") from None
    except (RecursionError, MemoryError):
        raise Unparsable("does not parse: it is nested too deeply") from None
    except ValueError as error:  # null bytes, half of a surrogate pair
        raise Unparsable(f"does not parse: {error}") from None
