"""Who is in a table of a course, such as a roster or a gradebook, and who handed in what."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from tinytorch.grading.gradebooks.sheet import Sheet
from tinytorch.grading.submission.files import SubmissionFile

Each = TypeVar("Each")
MAX_WORDS = 8  # of a name

# Titles of columns in small letters, without spaces and signs.
IDS = {
    *("id", "studentid", "sisuserid", "sisloginid", "integrationid", "sid", "idnumber", "userid"),
    *("identifier", "orgdefinedid", "username", "login", "loginid", "netid", "githubusername"),
    *("email", "emailaddress", "mail", "emailadresse", "benutzername", "anmeldename", "kennung"),
    *("matrikelnummer", "matriculationnumber", "studentnumber"),
}
NAMES = {"name", "student", "studentname", "fullname", "displayname", "vollstandigername"}
FIRST_NAMES = {"firstname", "first", "givenname", "vorname"}
LAST_NAMES = {"lastname", "last", "surname", "familyname", "nachname"}
PARTICIPANT = re.compile(r"[^\W\d_].*?(\d+)")  # of Moodle, in any language: "Participant 123"


class Person(NamedTuple):
    """A row of a table about a student."""

    row: int
    name: str
    keys: frozenset[str]  # ids, logins and e-mail addresses, folded
    id: str = ""  # the first of them, as it is written

    @property
    def label(self) -> str:
        """The name, or else an id."""
        return self.name or self.id


def people_in(sheet: Sheet) -> list[Person]:
    """The students in a table.

    Raises:
        ValueError: if no column has a title that says that it is a name, an id or an address.
    """
    titles = [plain_title(title) for title in sheet.titles]
    ids, names, first, last = (
        [column for column, title in enumerate(titles) if title in known]
        for known in (IDS, NAMES, FIRST_NAMES, LAST_NAMES)
    )
    if titles[0] not in IDS | NAMES and _is_moodle(sheet):
        ids.append(0)
    if not (ids or names or (first and last)):
        raise ValueError(
            f"{sheet.name} has no column with a title such as name, id, login or e-mail; its "
            f"titles are {', '.join(sheet.titles)}"
        )
    found = []
    for row in range(1, len(sheet)):
        cells = [_id(sheet.cell(row, column)) for column in ids]
        words = [sheet.cell(row, column) for column in names[:1] or [*first[:1], *last[:1]]]
        name = " ".join(word.strip() for word in words if word.strip())
        keys = frozenset(fold(cell) for cell in cells if cell.strip())
        if keys or (name and not ids):  # a row of maxima has a title, and no id
            found.append(Person(row, name, keys, next(filter(None, cells), "")))
    return found


def _is_moodle(sheet: Sheet) -> bool:
    return len(sheet) > 1 and bool(PARTICIPANT.fullmatch(sheet.cell(1, 0)))


def _id(cell: str) -> str:
    match = PARTICIPANT.fullmatch(cell)
    return match[1] if match and " " in cell else cell


def match(
    found: Sequence[SubmissionFile], people: Sequence[Person]
) -> dict[SubmissionFile, list[Person]]:
    """Find the students of a table who handed in each submission.

    Ids and addresses come first, then what stands before the @, then names, in any order of their
    words. What is not unique on both sides is no match, and neither is a number if the names differ
    in every word: two systems may give it to two students. A group has several people, by its ids.
    """
    matched: dict[SubmissionFile, list[Person]] = {}
    for of_person, of_file, may_be_group in _LEVELS:
        taken = {person.row for several in matched.values() for person in several}
        by_key = _unique([person for person in people if person.row not in taken], of_person)
        pairs = {
            (each, by_key[key])
            for key, each in _unique([e for e in found if e not in matched], of_file).items()
            if key in by_key and not (key.isdecimal() and _contradict(each.name, by_key[key].name))
        }
        files = Counter(each for each, _ in pairs)
        persons = Counter(person for _, person in pairs)
        for each, person in sorted(pairs, key=lambda pair: pair[1].row):
            if persons[person] == 1 and (may_be_group or files[each] == 1):
                matched.setdefault(each, []).append(person)
    return matched


_LEVELS: list[tuple[Callable[[Person], set[str]], Callable[[SubmissionFile], set[str]], bool]] = [
    (lambda person: set(person.keys), lambda each: {fold(key) for key in each.keys}, True),
    (
        lambda person: {key.partition("@")[0] for key in person.keys},
        lambda each: {fold(key).partition("@")[0] for key in each.keys or (each.student,)},
        False,
    ),
    (
        lambda person: name_keys(person.name),
        lambda each: name_keys(each.name or each.student),
        False,
    ),
]


def _unique(several: Sequence[Each], keys_of: Callable[[Each], set[str]]) -> dict[str, Each]:
    keys = [(key, each) for each in several for key in keys_of(each) if key]
    often = Counter(key for key, _ in keys)
    return {key: each for key, each in keys if often[key] == 1}


def _contradict(name: str, other: str) -> bool:
    """Whether two names have no word in common, also of such that are written without spaces."""
    texts = [unicodedata.normalize("NFKD", text.casefold()) for text in (name, other)]
    words = [re.findall(r"[^\W\d_]{2,}|[^\W\d_a-z]", text) for text in texts]
    if not all(words):
        return False
    return not any(word in "".join(others) for own, others in (words, words[::-1]) for word in own)


def plain_title(title: str) -> str:
    """A title of a column in small letters, without spaces, signs and accents."""
    title = unicodedata.normalize("NFKD", title.casefold())
    return "".join(letter for letter in title if letter.isalnum())


def fold(text: str) -> str:
    """A text for comparisons: without the case, and in one form of Unicode."""
    return unicodedata.normalize("NFKC", text.strip().casefold())


def name_keys(name: str) -> set[str]:
    """What a name may be written like, as "Jane Doe", "Doe, Jane" or "doejane".

    >>> sorted(name_keys("Doe, Jane"))
    ['doejane', 'janedoe']
    """
    words = re.findall(r"[^\W_]+", fold(name))[:MAX_WORDS]
    return {"".join(words[start:] + words[:start]) for start in range(len(words))}
