"""What is left of a definition without names, comments, docstrings, annotations and layout.

Two definitions that leave the same are the same code, whoever has renamed and rearranged what. The
tokens that are left are the nodes of the syntax tree, in the order of the source. Names that the
definition makes up itself are numbered in the order in which they appear; those of the library, of
Python and of the exercises stay. Texts become one and the same token, numbers stay.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from tinytorch.grading.sandbox.inside.submission.cells import Cell
from tinytorch.grading.sandbox.inside.submission.code import Bytes, to_bytes
from tinytorch.grading.sandbox.inside.submission.definitions import definitions
from tinytorch.grading.sandbox.inside.submission.names import DEFINITIONS
from tinytorch.grading.sandbox.inside.submission.parsing import UnparsableCellError, parse

MAX_TOKENS, MAX_SOURCE = 5_000, 20_000  # of a definition; characters
MAX_NUMBER = 100  # digits that are compared
IMPORTS = ("import ", "from ")
OWN = "$"  # before the number of a name that the definition makes up
LEFT_OUT = {"annotation", "returns", "type_comment", "type_params", "ctx"}


class Form(NamedTuple):
    """A definition, and what is left of it."""

    source: str
    tokens: list[str]


def forms(cells: Iterable[Cell], names: Collection[str]) -> Bytes:
    """The forms of the last definitions of names in a submission.

    Args:
        cells: its code cells.
        names: of what its exercises define; other things than functions and classes have no form.

    Returns:
        name -> form, as an array of bytes.
    """
    found = {}
    binders = definitions(cells, names).binders
    helpers = {name for name, each in binders.items() if not each.source.startswith(IMPORTS)}
    for name in binders.keys() & {*names}:
        with suppress(UnparsableCellError):  # with others around it, it could be read
            (node,) = parse(binders[name].source)
            if isinstance(node, DEFINITIONS):
                tokens = normalised(node, names, helpers)
                found[name] = Form(binders[name].source[:MAX_SOURCE], tokens[:MAX_TOKENS])
    return to_bytes(found)


def normalised(
    node: ast.AST, names: Collection[str] = (), helpers: Collection[str] = ()
) -> list[str]:
    """The tokens of a definition.

    Args:
        node: of a function or class.
        names: that stay.
        helpers: names that the submission makes up outside of the definition.

    Example:
        >>> one = ast.parse("def f(x, scale):  # divides" + chr(10) + " return x / scale").body[0]
        >>> two = ast.parse("def f(a: int, b) -> float: return (a / b)").body[0]
        >>> normalised(one) == normalised(two)
        True
    """
    made_up = {*_bound(node), *helpers} - {*names}
    numbers: dict[str, str] = {}

    def token(name: str) -> str:
        if name in made_up:
            return numbers.setdefault(name, f"{OWN}{len(numbers)}")
        return name

    tokens: list[str] = []
    todo: list[object] = [node]
    while todo:
        each = todo.pop()
        if isinstance(each, str):
            tokens.append(token(each))
        elif isinstance(each, list):
            todo += reversed(each)
        elif isinstance(each, ast.Constant):
            tokens.append(_constant(each.value))
        elif isinstance(each, ast.AST):
            tokens.append("Assign" if isinstance(each, ast.AnnAssign) else type(each).__name__)
            todo += reversed([*_fields(each)])
    return tokens


def _constant(value: object) -> str:
    if isinstance(value, (str, bytes)):
        return "text"
    if type(value) is int:
        return hex(value)[:MAX_NUMBER]  # of numbers of any size, unlike `repr`
    return repr(value)


def _fields(node: ast.AST) -> Iterator[object]:
    """What a node holds, in order, without what says nothing about the code."""
    for name, value in ast.iter_fields(node):
        if name in LEFT_OUT or isinstance(node, ast.JoinedStr):
            continue
        if name == "body" and isinstance(node, DEFINITIONS):
            value = [each for each in value if not _is_text(each)]
        yield value


def _is_text(node: ast.AST) -> bool:
    """Whether a statement is a docstring, or a comment that is written as one."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _bound(node: ast.AST) -> Iterator[str]:
    """The names that a definition makes up: variables, arguments, inner definitions."""
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load):
            yield each.id
        elif isinstance(each, ast.arg):
            yield each.arg
        elif isinstance(each, (*DEFINITIONS, ast.ExceptHandler)) and each.name:
            yield each.name
        elif isinstance(each, ast.Attribute) and re.match("_(?!_)", each.attr):
            yield each.attr
