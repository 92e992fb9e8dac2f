"""Submissions are joined with a table by ids, addresses and names, and never by a guess."""

from pathlib import Path

import pytest

from tinytorch.grading.gradebooks.people import match, people_in
from tinytorch.grading.gradebooks.sheet import Sheet
from tinytorch.grading.submission.files import SubmissionFile


def handed_in(name, *keys):
    return SubmissionFile(name, Path(name), name, name=name, id=keys[0] if keys else "", keys=keys)


def joined(text, *found):
    people = people_in(Sheet(text.encode()))
    by_submission = match(found, people)
    return {
        each.student: [person.label for person in by_submission.get(each, [])] for each in found
    }


CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,15 Quantization (9)\n"
    "    Points Possible,,,,,100\n"
    '"Doe, Jane",12345,s1,jdoe,A,\n"Groß, Jürgen",12346,s2,jgross@example.edu,A,\n'
)


def test_an_id_or_login_or_address_in_any_column_is_a_match():
    found = handed_in("doejane", "12345"), handed_in("y", "jgross"), handed_in("z", "4711")
    assert joined(CANVAS, *found) == {"doejane": ["Doe, Jane"], "y": ["Groß, Jürgen"], "z": []}


@pytest.mark.parametrize("name", ["Jane Doe", "doejane", "Doe, Jane", "JANE DOE", "Doe Jane"])
def test_a_name_is_a_match_in_any_order_of_its_words(name):
    assert joined(CANVAS, handed_in(name)) == {name: ["Doe, Jane"]}


def test_names_of_the_same_letters_are_not_the_same():
    text = "name,id\nAmy Lee,1\nJurgen Gross,2\n"
    assert joined(text, handed_in("May Lee"), handed_in("Jürgen Groß")) == {
        "May Lee": [], "Jürgen Groß": []
    }  # fmt: skip


def test_two_of_one_name_are_not_guessed():
    text = "first name,last name,id\nAnn,Lee,1\nAnn,Lee,2\n"
    assert joined(text, handed_in("Ann Lee")) == {"Ann Lee": []}
    assert joined(text, handed_in("Ann Lee", "2")) == {"Ann Lee": ["Ann Lee"]}
    two = joined("name,id\nAnn Lee,1\n", handed_in("Ann Lee"), handed_in("Lee Ann"))
    assert two == {"Ann Lee": [], "Lee Ann": []}


def test_an_id_comes_before_a_name_unless_the_names_contradict():
    text = "name,login\nAnn Lee,al1\nBob Roe,br2\n"
    found = handed_in("Bob Roe", "al1"), handed_in("Ann Lee", "br2")
    assert joined(text, *found) == {"Bob Roe": ["Ann Lee"], "Ann Lee": ["Bob Roe"]}
    text = "name,id\nLee; Ann Marie,101\nBob Roe,102\n"
    found = handed_in("leeann", "101"), handed_in("Eve", "102")
    assert joined(text, *found) == {"leeann": ["Lee; Ann Marie"], "Eve": []}


def test_two_who_would_be_the_same_person_are_neither():
    found = handed_in("", "12345"), handed_in("y", "jdoe")
    assert joined(CANVAS, *found) == {"": [], "y": []}


def test_a_group_is_all_of_its_members():
    found = handed_in("A and B", "4711", "b@example.edu")
    text = "name,sid,email\nA,4711,a@example.edu\nB,4712,b@example.edu\n"
    assert joined(text, found) == {"A and B": ["A", "B"]}


def test_moodle_s_participants_are_known_in_any_language():
    for first in ("Identifier", "Kennzeichnung"):
        text = f"{first},Full name,Grade\nTeilnehmer/in 101,Jane Doe,\n"
        assert joined(text, handed_in("doe", "101")) == {"doe": ["Jane Doe"]}, first


def test_a_table_of_nobody_is_refused_with_its_titles():
    with pytest.raises(ValueError, match="titles are colour, size"):
        people_in(Sheet(b"colour,size\nred,1\n"))
