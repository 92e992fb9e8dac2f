"""Parses a cell, in Python or in what IPython makes of it, whatever it holds.

The parsers of Python 3.10 to 3.13 were tried with brackets, prefixes and chains of every kind,
nested as deep as the length of a cell allows: they raise an exception, soon, and do not crash.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings

from tinytorch.grading.sandbox.inside.submission.magics import without_magics

# Characters; parsing takes some 500 bytes of memory for each. Python 3.10 has no limit for chains
# such as 1+1+1, and a stack of 2 MB (Windows) overflows at 25,000 of them.
MAX_CELL_LENGTH = 1_000_000 if sys.version_info >= (3, 11) else 40_000
MAX_PARTS = 1000  # of a cell that does not parse
CONTINUES = re.compile(r"(?:else|elif|except|finally)\b")


class UnparsableCellError(ValueError):
    """A cell is not Python."""


def parsed(source: str) -> tuple[str, list[ast.stmt]]:
    """Parse a cell.

    Returns:
        The source, with other lines in the place of magics if there are any, and its statements.

    Raises:
        UnparsableCellError: if it is not Python; the message follows on "cell 7".
    """
    if len(source) > MAX_CELL_LENGTH:
        raise UnparsableCellError(f"is too long to be read: it has {len(source):,} characters")
    if not source or source.isspace():
        return source, []
    try:
        return source, parse(source)
    except UnparsableCellError:
        replaced = without_magics(source)
        if replaced == source:
            raise
        return replaced, parse(replaced)


def parse(source: str) -> list[ast.stmt]:
    """Parse Python without magics, or raise UnparsableCellError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" must not cost points if warnings are errors
            return ast.parse(source).body
    except SyntaxError as error:
        place = f" (line {error.lineno})" if error.lineno else ""
        raise UnparsableCellError(f"does not parse: {error.msg[:120]}{place}") from None
    except (RecursionError, MemoryError):
        raise UnparsableCellError("does not parse: it is nested too deeply") from None
    except ValueError as error:  # null bytes, half of a surrogate pair
        raise UnparsableCellError(f"does not parse: {error}") from None


def parts(source: str) -> list[tuple[int, str]]:
    """Cut a cell that does not parse where statements seem to begin.

    Returns:
        The number of the first line of each part and its source; none for too many parts.
    """
    lines = source.split("\n")
    starts = []
    decorated = False
    for number, line in enumerate(lines):
        if line[:1].isidentifier() or line.startswith("@"):
            if not decorated and not CONTINUES.match(line):
                starts.append(number)
            decorated = line.startswith("@")
    if not 0 < len(starts) <= MAX_PARTS:
        return []
    ends = [*starts[1:], len(lines)]
    return [
        (start + 1, "\n".join(lines[start:end])) for start, end in zip(starts, ends, strict=True)
    ]
