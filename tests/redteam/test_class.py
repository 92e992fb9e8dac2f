"""A class of 40, with right, wrong, broken and hostile submissions, is graded to its end.

Killed at a random moment and started again, the same table comes out.
"""

import csv
import random
import tempfile
from pathlib import Path

import pytest
from redteam import containment
from redteam.test_broken_files import FILES
from redteam.test_hostile import constants
from samples import KEY, files_in

STUDENTS = 40
EVERY = {"wrong": 21, "correct": 3, "hostile": 8}  # so that nearly 30 % are hostile
SLOW = ("loops_in_pure_python",)
KEY_SOURCE = KEY.read_text(encoding="utf-8")


def sources():
    """What students hand in, by name: (ending, content)."""
    for kind in ("wrong", "correct", "hostile"):
        for path in files_in(kind)[:: EVERY[kind]]:
            own = path.read_text(encoding="utf-8")
            if path.stem != "loops_for_ever" and ("longer than" in own or path.stem in SLOW):
                continue  # one that takes all of its time is enough
            whole = kind != "hostile" or constants(path)["AFTER_KEY"]
            yield f"{kind}_{path.stem}", (".py", f"{KEY_SOURCE}\n# %%\n{own}" if whole else own)
    for name in ("truncated", "a web page", "a byte order mark", "nested lists"):
        yield f"broken_{name}", (".ipynb", FILES[name][0]())


def hand_in(folder):
    folder.mkdir()
    found = dict(sources())
    for number in range(STUDENTS - len(found)):
        found[f"right_{number}"] = (".py", f"{KEY_SOURCE}\n# {number}\n")
    for name, (ending, content) in found.items():
        content = content.encode() if isinstance(content, str) else content
        (folder / f"{name}{ending}").write_bytes(content)
    return found


@pytest.fixture(scope="module")
def runs():
    """The tables of a run that was killed and went on, and of one that was not; what they said."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        handed_in = hand_in(folder / "class")
        results, whole = folder / "results", folder / "whole"
        kill_after = random.randrange(10, STUDENTS - 10)
        outcomes = [
            containment.grade_class(folder, folder / "class", results, kill_after),
            containment.grade_class(folder, folder / "class", results),
            containment.grade_class(folder, folder / "class", whole),
        ]
        texts = [(each / "grades.csv").read_text(encoding="utf-8") for each in (results, whole)]
        tables = [list(csv.DictReader(text.splitlines())) for text in texts]
        left = sorted(path.name for path in (folder / "temporary").iterdir())
        yield handed_in, outcomes, tables, left


def test_every_student_has_a_row_whatever_was_handed_in(runs):
    handed_in, (_, resumed, whole), (table, _), _ = runs
    assert resumed["status"] == whole["status"] == 0, (resumed, whole)
    assert {row["student"] for row in table} == set(handed_in)
    assert len(table) == STUDENTS
    for row in table:
        kind = row["student"].split("_")[0]
        if kind in ("right", "correct"):
            assert row["total"] == "100", row
        if kind == "wrong":
            is_bonus = row["student"].startswith("wrong_integer_")
            assert 0 < int(row["total"]) < 100 or (is_bonus and row["integers"] == "failed"), row
        assert row["reason"] or row["total"] in ("0", "100"), row


def test_a_run_that_was_killed_goes_on_to_the_same_table(runs):
    _, (killed, _, _), tables, _ = runs
    assert killed["status"] == -9
    assert 0 < killed["done"] < STUDENTS
    resumed, whole = ([{**row, "seconds": ""} for row in table] for table in tables)
    assert resumed == whole


def test_nothing_is_left_of_a_run_not_even_of_one_that_was_killed(runs):
    _, outcomes, _, left = runs
    assert [each["processes_left"] for each in outcomes] == [0, 0, 0]
    assert left == []
