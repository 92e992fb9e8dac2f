"""Why a name that an exercise defines may be missing although somebody has worked: sentences."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

STUB = "raise NotImplementedError"

# What a cell that does not parse seems to define.
DEFINED = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
ASSIGNED = re.compile(r"^(\w+(?:[ \t]*,[ \t]*\w+)*)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)


def seemingly_defined(source: str) -> set[str]:
    """The names that a text defines, should it be Python."""
    assigned = (re.findall(r"\w+", each) for each in ASSIGNED.findall(source))
    return {*DEFINED.findall(source)}.union(*assigned)


def hints(
    names: Collection[str],
    definitions: Mapping[str, list[tuple[str, str]]],
    broken: Iterable[str],
    texts: Iterable[str],
) -> dict[str, str]:
    """Explain what is missing.

    Args:
        names: what the exercises define.
        definitions: for every name that is bound, its (name of the cell, source) in their order.
        broken: the sources of cells that do not parse.
        texts: the sources of cells that hold text.

    Returns:
        Sentences for some of the names.
    """
    found = {}
    for name in names:
        *before, last = definitions.get(name) or [("", "")]
        answers = [cell for cell, source in before if STUB not in source]
        if STUB in last[1] and answers:
            found[name] = (
                f"{last[0]} defines {name} once more, as a stub, after {answers[-1]} has answered "
                "it: the last definition counts"
            )
    written = set[str]().union(*map(seemingly_defined, texts))
    for name in written & set(names) - set(definitions):
        found[name] = f"{name} is defined in a cell of text (markdown), which is not executed"
    if not (written | set(definitions)).union(*map(seemingly_defined, broken)) & set(names):
        sentence = "no cell defines what this lesson asks for: is this another notebook?"
        found |= dict.fromkeys(names, sentence)
    return found
