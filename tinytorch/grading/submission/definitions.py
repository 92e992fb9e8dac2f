"""Chooses what has to be executed of a submission, and in which order, without executing any of it.

Every cell is parsed alone, so one that does not parse costs only what it would have defined. Then,
starting from the names that the exercises define, all statements are chosen that bind or change
one of these names, then those that bind or change what the chosen ones read, and so on. Cells that
only check, plot or experiment bind nothing that a definition reads, and are left out.

Statements run in the order of the file, so the last definition wins, as in the notebook. Two
exceptions let cells be in any order: imports come first (those from `__future__` too, which then
hold for all cells), unless something else binds their names as well; and a statement that needs a
name at once which is bound only further down waits for that.

What hides from this: functions that are called to set global variables, and names in strings.
"""

from __future__ import annotations

import ast
import builtins
import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tinytorch.grading.submission.bindings import ANYTHING, SCOPES, bindings
from tinytorch.grading.submission.parsing import Unparsable, parse, parsed
from tinytorch.grading.submission.reading import Cell
from tinytorch.grading.submission.reads import Reads, reads

# What a cell that does not parse seems to define.
DEFINED = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
FUTURE = frozenset(["__future__"])  # in place of names that nobody uses
ASSIGNED = re.compile(r"^(\w+(?:[ \t]*,[ \t]*\w+)*)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)


class Statement(NamedTuple):
    """A statement to execute."""

    name: str  # of its cell, such as "cell 7", for tracebacks
    line: int  # of the cell, from 1, where the source begins
    source: str


class Code(NamedTuple):
    """What is to be executed of a submission."""

    statements: list[Statement]
    problems: dict[str, str]  # name -> why its last definition could not be read, one sentence
    binders: dict[str, Statement]  # name -> the last statement that binds it


class _Item(NamedTuple):
    """A statement that may be needed."""

    cell: int
    statement: Statement
    names: frozenset[str]  # what it binds
    objects: frozenset[str]  # what it changes
    containers: frozenset[str]  # what it changes if that is a list or the like
    kind: str  # "import", "definition" or "other"


class _Chosen(NamedTuple):
    """A statement that is needed."""

    item: _Item
    reads: Reads


def definitions(cells: Iterable[Cell], names: Iterable[str]) -> Code:
    """Choose what has to be executed to define names.

    Args:
        cells: the code cells of a submission, see `read_cells`.
        names: what its exercises define. What is not there is not missed.

    Returns:
        The statements in the order in which to execute them: each on its own, whatever becomes of
        the ones before, with "__main__" as `__name__`. And the problems with these names, and with
        the names that they need.
    """
    items: list[_Item] = []
    broken: list[tuple[int, str, set[str]]] = []
    for cell in cells:
        try:
            source, body = parsed(cell.source)
        except Unparsable as error:
            seemingly = {*DEFINED.findall(cell.source)}
            seemingly.update(*(re.findall(r"\w+", each) for each in ASSIGNED.findall(cell.source)))
            broken.append((cell.number, f"cell {cell.number} {error}", seemingly))
            continue
        items += _items(cell.number, source, body)
    chosen, needed = _closure(items, names)
    last = {name: item.cell for item, _ in chosen for name in item.names}
    problems = {
        name: sentence
        for number, sentence, seemingly in broken
        for name in seemingly & needed
        if number > last.get(name, 0)
    }
    ordered = _in_order(chosen)
    binders = {name: item.statement for item in ordered for name in item.names}
    return Code([item.statement for item in ordered], problems, binders)


def _items(number: int, source: str, body: list[ast.stmt]) -> Iterator[_Item]:
    """The statements of a cell that bind or change something."""
    lines = source.encode().split(b"\n")  # the columns of a tree count bytes
    walrus = ":=" in source
    end = 0
    for node in body:
        first, column = node.lineno, node.col_offset
        if isinstance(node, SCOPES) and node.decorator_list:
            first, column = end + 1, 0  # the tree does not say where the @ is
        end = node.end_lineno or first
        names, objects, containers = map(frozenset, bindings([node], walrus))
        if names or objects or containers:
            text = lines[first - 1 : end]
            if end == first:
                text[0] = text[0][column : node.end_col_offset]
            else:
                text[0], text[-1] = text[0][column:], text[-1][: node.end_col_offset]
            statement = Statement(f"cell {number}", first, b"\n".join(text).decode())
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                names, objects = FUTURE, frozenset([ANYTHING])
            is_import = isinstance(node, (ast.Import, ast.ImportFrom))
            is_definition = isinstance(node, SCOPES)
            kind = "import" if is_import else "definition" if is_definition else "other"
            yield _Item(number, statement, names, objects, containers, kind)


def _reads(statement: Statement, postponed_annotations: bool) -> Reads:
    # Parsed once more, because the trees of all statements would take too much memory.
    try:
        (node,) = parse(statement.source)
        return reads(node, postponed_annotations)
    except Unparsable:  # at the limit of what can be nested
        return Reads(set(), set())


def _closure(items: list[_Item], names: Iterable[str]) -> tuple[list[_Chosen], set[str]]:
    """The statements that are needed to define names, and all names that are needed."""
    # numpy.append and the like change nothing; append of a list that was made here does.
    containers = {name for item in items if item.kind == "other" for name in item.names}
    postponed = any(item.names == FUTURE for item in items)
    found_at: defaultdict[str, list[int]] = defaultdict(list)
    for position, item in enumerate(items):
        for name in item.names | item.objects | (item.containers & containers):
            found_at[name].append(position)
    needed = {*names, ANYTHING}
    todo = list(needed)
    chosen: dict[int, _Chosen] = {}
    while todo:
        for position in found_at.pop(todo.pop(), ()):
            if position not in chosen:
                item = items[position]
                chosen[position] = _Chosen(item, _reads(item.statement, postponed))
                new = set().union(*chosen[position].reads) - needed
                todo += new
                needed |= new
    return [chosen[position] for position in sorted(chosen)], needed


def _in_order(chosen: list[_Chosen]) -> list[_Item]:
    """Postpone what needs a name at once that is bound only further down."""
    only_imported = {name for item, _ in chosen if item.kind == "import" for name in item.names}
    only_imported -= {name for item, _ in chosen if item.kind != "import" for name in item.names}
    only_imported.discard(ANYTHING)
    queue = sorted(
        chosen, key=lambda each: not each.item.names or not each.item.names <= only_imported
    )
    binders = Counter(name for item, _ in queue for name in item.names)
    bound = set(vars(builtins))
    unchecked = [iter(sorted(each.reads.now)) for each in queue]
    waiting: defaultdict[str, list[int]] = defaultdict(list)
    done: dict[int, _Item] = {}  # in the order of the first time

    def awaited(position: int) -> str | None:
        """A name that a statement has to wait for, if there is one still."""
        own = queue[position].item.names
        for name in unchecked[position]:
            binder = name if name in binders else ANYTHING
            if name not in bound and binder not in bound and binders[binder] > (binder in own):
                return binder
        return None

    # What waits for each other in a circle has its turn in a second round.
    for must_wait in (True, False):
        for position in range(len(queue)):
            ready = [position]
            while ready:
                current = heapq.heappop(ready)
                name = awaited(current) if must_wait or current != position else None
                if name is not None:
                    waiting[name].append(current)
                    continue
                done[current] = queue[current].item
                for name in done[current].names - bound:
                    bound.add(name)
                    for waiter in waiting.pop(name, ()):
                        heapq.heappush(ready, waiter)
    return list(done.values())
