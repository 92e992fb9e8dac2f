"""Groups of definitions that are the same, or nearly, once names, comments and layout are gone.

Two definitions are the same if the same tokens are left of them. They are nearly the same if their
sets of shingles (each SHINGLE tokens in a row, names that the student made up not told apart) have
a Jaccard index of at least THRESHOLD. Not all pairs are looked at: two sets that are so alike share
one of their few rarest shingles, so only those that meet in such a bucket are compared. That loses
none ("prefix filtering"; Chaudhuri, Ganti and Kaushik, A Primitive Operator for Similarity Joins in
Data Cleaning, 2006).

Definitions with fewer than MIN_TOKENS tokens are left out, as honest students write the same few
lines, and so are those that were handed out.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tinytorch.grading.sandbox.inside.submission.forms import OWN, Form

MIN_TOKENS = 80
# Independent right solutions of the tests' samples stay below 0.63, one edit leaves 0.9.
SHINGLE, THRESHOLD = 4, 0.75  # tokens; of the Jaccard index
MAX_PAIRED = 20  # members of a group of which all pairs count; what more have says little of two

Forms = Mapping[str, Form]  # by the name of the definition
Shingles = frozenset[tuple[str, ...]]


class Member(NamedTuple):
    """One of a group.

    Attributes:
        owner: the student, or the name of known answers.
        is_known: whether it is known answers.
        source: of the definition.
        closest: the owner in the group whose definition is most like it.
        likeness: of these two: 1.0 if they are the same, else the Jaccard index.
    """

    owner: str
    is_known: bool
    source: str
    closest: str
    likeness: float


class Group(NamedTuple):
    """Definitions that are alike: each is, to at least one of the others.

    Attributes:
        definition: the name.
        tokens: of the longest of them.
        members: known answers first.
    """

    definition: str
    tokens: int
    members: list[Member]


class Pair(NamedTuple):
    """Two that stand together in groups.

    Attributes:
        one: a student.
        two: a student or the name of known answers.
        definitions: how many groups that are.
        tokens: of these definitions together.
    """

    one: str
    two: str
    definitions: int
    tokens: int


def groups(
    students: Mapping[str, Forms], known: Mapping[str, Forms], handed_out: Forms
) -> list[Group]:
    """Find definitions that are alike.

    Args:
        students: what each has handed in.
        known: answers that students may have got from elsewhere, by what these are called.
        handed_out: what the students got to begin with.

    Returns:
        The groups that at least one student is in and another one, or known answers; those of the
        most code first, and of those the small ones: what few have is no coincidence.
    """
    names = {name: None for forms in students.values() for name in forms}
    found = [group for name in names for group in _groups(name, students, known, handed_out)]
    return sorted(found, key=lambda group: (-group.tokens, len(group.members), group.definition))


def pairs(found: Sequence[Group]) -> list[Pair]:
    """Who stands together in groups, those with the most code first.

    Args:
        found: by `groups`. Of one with many members, only pairs with known answers count.
    """
    shared: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for group in found:
        students = [each.owner for each in group.members if not each.is_known]
        known = [each.owner for each in group.members if each.is_known]
        for place, one in enumerate(students):
            others = students[place + 1 :] if len(group.members) <= MAX_PAIRED else []
            for two in [*others, *known]:
                shared[one, two].append(group.tokens)
    made = [Pair(*both, len(tokens), sum(tokens)) for both, tokens in shared.items()]
    return sorted(made, key=lambda pair: (-pair.tokens, pair))


def _groups(
    name: str, students: Mapping[str, Forms], known: Mapping[str, Forms], handed_out: Forms
) -> Iterator[Group]:
    blank = handed_out[name].tokens if name in handed_out else []
    same = defaultdict[tuple[str, ...], list[tuple[str, bool, str]]](list)
    for is_known, owners in ((True, known), (False, students)):
        for owner, forms in owners.items():
            source, tokens = forms.get(name, ("", []))
            if len(tokens) >= MIN_TOKENS and tokens != blank:
                same[tuple(tokens)].append((owner, is_known, source))
    different = list(same)
    closest: dict[int, tuple[float, int]] = {}
    above = list(range(len(different)))  # one step towards the first of the group

    def first(number: int) -> int:
        while above[number] != number:
            number = above[number]
        return number

    for likeness, one, two in alike([shingles(tokens) for tokens in different]):
        low, high = sorted((first(one), first(two)))
        above[high] = low
        for number, other in ((one, two), (two, one)):
            closest[number] = max(closest.get(number, (0.0, 0)), (likeness, other))
    together = defaultdict[int, list[int]](list)
    for number in range(len(different)):
        together[first(number)].append(number)
    for numbers in together.values():
        members = [each for n in numbers for each in _members(n, different, same, closest)]
        if len(members) > 1 and not all(each.is_known for each in members):
            members.sort(key=lambda member: not member.is_known)
            yield Group(name, max(len(different[number]) for number in numbers), members)


def _members(
    number: int,
    different: Sequence[tuple[str, ...]],
    same: Mapping[tuple[str, ...], list[tuple[str, bool, str]]],
    closest: Mapping[int, tuple[float, int]],
) -> Iterator[Member]:
    equal = same[different[number]]
    for place, (owner, is_known, source) in enumerate(equal):
        if len(equal) > 1:
            yield Member(owner, is_known, source, equal[1 if place == 0 else 0][0], 1.0)
        elif number in closest:
            likeness, other = closest[number]
            yield Member(owner, is_known, source, same[different[other]][0][0], likeness)
        else:
            yield Member(owner, is_known, source, "", 0.0)


def shingles(tokens: Sequence[str]) -> Shingles:
    """The sets of tokens in a row, with the student's own names not told apart."""
    plain = [OWN if each.startswith(OWN) else each for each in tokens]
    return frozenset(tuple(plain[at : at + SHINGLE]) for at in range(len(plain) - SHINGLE + 1))


def alike(sets: Sequence[Shingles]) -> Iterator[tuple[float, int, int]]:
    """All pairs of sets whose Jaccard index is at least THRESHOLD, each once.

    Yields:
        The index, and the numbers of the two sets, the greater first.
    """
    often = Counter(shingle for each in sets for shingle in each)
    buckets = defaultdict[tuple[str, ...], list[int]](list)
    for number, each in enumerate(sets):
        rarest = sorted(each, key=lambda shingle: (often[shingle], shingle))
        # If they share none of so many, they share too few in all.
        rarest = rarest[: len(each) - math.ceil(THRESHOLD * len(each)) + 1]
        met = {other for shingle in rarest for other in buckets[shingle]}
        for other in sorted(met):
            shared = len(each & sets[other])
            index = shared / (len(each) + len(sets[other]) - shared)
            if index >= THRESHOLD:
                yield index, number, other
        for shingle in rarest:
            buckets[shingle].append(number)
