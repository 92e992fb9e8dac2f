"""Chooses which statements of a submission have to be executed. Nothing is executed here.

A statement is needed if it binds or changes a needed name: at first a name that an exercise
defines, then every name that a needed statement uses. Checks, plots and experiments bind nothing
that a definition uses, so they are left out, however long they would take. Each cell is parsed on
its own, so one that does not parse costs only the exercises that it would have defined: what else
it holds is used as far as it parses.

Statements stay in the order of the file, so the last definition wins, as in the notebook. Cells may
be in any order all the same, because the process that executes the statements runs those that
raised a NameError again, after the others.

A call of a function that the submission defines is needed for what that function assigns to, and
for what it is given and changes. What `exec` executes is looked into if it is a constant, and else
always needed.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tinytorch.grading.sandbox.inside.submission.cells import TEXT, Cell
from tinytorch.grading.sandbox.inside.submission.code import Code, Statement
from tinytorch.grading.sandbox.inside.submission.hints import hints, seemingly_defined
from tinytorch.grading.sandbox.inside.submission.names import ANYTHING, Effects, effects, used
from tinytorch.grading.sandbox.inside.submission.parsing import UnparsableCellError, parsed, parts


class _Item(NamedTuple):
    """A statement that may be needed."""

    cell: int
    statement: Statement
    effects: Effects


def definitions(cells: Iterable[Cell], names: Iterable[str]) -> Code:
    """Choose what has to be executed to define names.

    Args:
        cells: the code cells of a submission, see `cells_of`.
        names: what its exercises define. It is not an error if some are missing.

    Returns:
        The statements to execute, in the order of the file: each on its own, whatever becomes of
        the others, with "__main__" as `__name__`. And the problems with these names, and with the
        names that they need, and hints at why they may be missing.
    """
    items: list[_Item] = []
    broken: list[tuple[Cell, str]] = []
    texts = []
    labels = {}
    names = list(names)
    for cell in cells:
        if cell.number == TEXT:
            texts.append(cell.source)
            continue
        labels[cell.number] = cell.label
        try:
            items += _items(cell)
        except UnparsableCellError as error:
            broken.append((cell, f"{cell.label} {error}"))
            items += [item for item in _recovered(cell) if not item.effects.bound & {*names}]
    needed, chosen = _closure(items, names)
    last = {name: item for item in chosen for name in item.effects.bound}
    problems = {
        name: sentence
        for cell, sentence in broken
        for name in seemingly_defined(cell.source) & needed
        if name not in last or cell.number > last[name].cell
    }
    binders = {name: item.statement for name, item in last.items()}
    defined = defaultdict[str, list[tuple[str, str]]](list)
    for item in items:
        for name in item.effects.bound:
            defined[name].append((labels[item.cell], item.statement.source))
    causes = hints(names, defined, (cell.source for cell, _ in broken), texts)
    return Code([item.statement for item in chosen], problems, binders, causes)


def _recovered(cell: Cell) -> Iterator[_Item]:
    """What can be used of a cell that does not parse."""
    for line, source in parts(cell.source):
        with contextlib.suppress(UnparsableCellError):
            yield from _items(Cell(cell.number, source), line)


def _items(cell: Cell, start: int = 1) -> Iterator[_Item]:
    """The statements of a cell, or of its part from a line on, that bind or change something."""
    source, body = parsed(cell.source)
    lines = source.encode().split(b"\n")  # the columns of a tree count bytes
    end = 0
    for node in body:
        first, column = node.lineno, node.col_offset
        if getattr(node, "decorator_list", None):
            first, column = end + 1, 0  # the tree does not say where the @ is
        end = node.end_lineno or first
        text = lines[first - 1 : end]
        text[-1] = text[-1][: node.end_col_offset]
        text[0] = text[0][column:]
        statement = Statement(cell.name, start + first - 1, b"\n".join(text).decode())
        done = effects(node)
        if done.bound or done.changed or done.mutated or done.calls:
            yield _Item(cell.number, statement, done)


def _closure(items: list[_Item], names: Iterable[str]) -> tuple[set[str], list[_Item]]:
    """All names that are needed to define some, and the statements that are."""
    constant = frozenset().union(*(item.effects.constant for item in items))
    functions = _functions(items)
    found_at: defaultdict[str, list[int]] = defaultdict(list)
    for position, item in enumerate(items):
        done = item.effects
        touched = done.bound | done.changed | (done.mutated - constant)
        for function, given in done.calls:
            if function in functions:
                assigned, arguments = functions[function]
                touched |= assigned | (given if arguments else frozenset())
        for name in touched:
            found_at[name].append(position)
    needed = {*names, ANYTHING}
    todo = list(needed)
    chosen: set[int] = set()
    while todo:
        for position in found_at.pop(todo.pop(), ()):
            if position not in chosen:
                chosen.add(position)
                new = _used(items[position].statement) - needed
                todo += new
                needed |= new
    return needed, [items[position] for position in sorted(chosen)]


def _functions(items: list[_Item]) -> dict[str, tuple[frozenset[str], bool]]:
    """What the functions of a submission assign to, and whether they change their arguments."""
    called = {
        name: item.effects.called
        for item in items
        for name in item.effects.bound
        if item.effects.called
    }
    known: dict[str, tuple[frozenset[str], bool]] = {}
    while True:
        before = dict(known)
        for name, (assigned, arguments, calls) in called.items():
            inner = [known[each] for each in calls if each in known]
            known[name] = (
                assigned.union(*(each[0] for each in inner)),
                arguments or any(each[1] for each in inner),
            )
        if known == before:
            return {name: does for name, does in known.items() if any(does)}


def _used(statement: Statement) -> set[str]:
    # Found late, since it takes long, and few statements are needed.
    try:
        return used(statement.source)
    except (SyntaxError, RecursionError):  # which running it will show
        return set()
