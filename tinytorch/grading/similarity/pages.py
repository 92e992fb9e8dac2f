"""The pages about what is alike: similarity.html shows texts side by side, similarity.csv all."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from tinytorch.grading.lesson import Lesson
from tinytorch.grading.reports.pages import render
from tinytorch.grading.reports.results import FORMULA, plain
from tinytorch.grading.similarity.comparison import MIN_TOKENS, THRESHOLD, Group, Member, pairs

MAX_PAIRS, MAX_GROUPS, MAX_MEMBERS = 50, 100, 50  # that are shown; similarity.csv has all
COLUMNS = ("group", "definition", "tokens", "who", "closest to", "likeness")


def similarity_page(lesson: Lesson, groups: Sequence[Group], left_out: Sequence[str]) -> str:
    """The text of similarity.html.

    Args:
        lesson: whose exercises were compared.
        groups: what is alike.
        left_out: students whose files could not be read.
    """
    return render(
        "similarity.html",
        title="Similarity",
        lesson=lesson.title,
        pairs=pairs(groups)[:MAX_PAIRS],
        groups=[_shown(group) for group in groups[:MAX_GROUPS]],
        not_shown=len(groups) - MAX_GROUPS,
        left_out=[plain(each) for each in left_out],
        minimum=MIN_TOKENS,
        percent=round(100 * THRESHOLD),
    )


def similarity_table(groups: Sequence[Group]) -> str:
    """The text of similarity.csv: a row for each member of each group."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for number, group in enumerate(groups, start=1):
        for each in group.members:
            names = [FORMULA.sub(r"\1'", plain(name)) for name in (each.owner, each.closest)]
            likeness = f"{each.likeness:.2f}"
            writer.writerow([number, group.definition, group.tokens, *names, likeness])
    return text.getvalue()


def _shown(group: Group) -> dict[str, Any]:
    by_name = {each.owner: each for each in group.members}
    # Two that are most alike, and of those a student first.
    one = max(group.members, key=lambda each: (each.likeness, not each.is_known))
    return {
        "definition": group.definition,
        "tokens": group.tokens,
        "students": sum(not each.is_known for each in group.members),
        "known": [each.owner for each in group.members if each.is_known],
        "pair": [one, by_name[one.closest]],
        "likeness": _percent(one),
        "members": [(plain(each.owner), plain(each.closest), _percent(each))
                    for each in group.members[:MAX_MEMBERS]],
        "more": len(group.members) - MAX_MEMBERS,
    }  # fmt: skip


def _percent(member: Member) -> str:
    return "the same" if member.likeness == 1 else f"{100 * member.likeness:.0f} % alike"
