"""`--similarity` compares what a class handed in, in whichever file it is, and costs no points."""

import csv

import pytest
from grading.classroom.class_runs import rows
from grading.similarity.test_comparison import DRESSED_UP, OTHER, SIZES

from tinytorch.cli import main
from tinytorch.lessons import release

BOMB = "x = " + "-" * 900_000 + "1\n# %%\n"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    release(folder / "ada")  # a blank notebook beside the script that holds the answers
    (folder / "ada/15_quantization.py").write_text(SIZES, encoding="utf-8")
    (folder / "bob.py").write_text(DRESSED_UP, encoding="utf-8")
    (folder / "cyd.ipynb").write_text("{", encoding="utf-8")
    (folder / "dora.py").write_text(OTHER, encoding="utf-8")
    (folder / "eve.py").write_text(BOMB + SIZES, encoding="utf-8")
    release(folder / "fay")
    release(folder / "guy")
    key = folder.parent / "key.py"
    key.write_text(OTHER, encoding="utf-8")
    made = tmp_path_factory.mktemp("results")
    more = ["--jobs", "2", "--similarity", "--answer-key", str(key)]
    assert main(["grade", str(folder), "-o", str(made), *more]) == 0
    return made


def test_those_who_share_code_stand_in_one_group_and_the_others_in_none(results):
    with (results / "similarity.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    groups = {}
    for row in table:
        groups.setdefault(row["group"], set()).add((row["who"], row["closest to"]))
        assert (row["definition"], row["likeness"]) == ("analyze_model_sizes", "1.00")
    assert sorted(groups.values(), key=len) == [
        {("dora", "the answer key"), ("the answer key", "dora")},
        {("ada", "bob"), ("bob", "ada"), ("eve", "ada")},
    ]


def test_who_cannot_be_read_is_named(results):
    page = (results / "similarity.html").read_text(encoding="utf-8")
    assert "nothing could be read: cyd" in page


def test_no_points_are_taken(results):
    points = {name: row["analyze_model_sizes"] for name, row in rows(results).items()}
    assert points == {**dict.fromkeys(("ada", "bob", "dora", "eve", "fay", "guy"), "0"), "cyd": ""}
    assert not any("alike" in row["reason"] for row in rows(results).values())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--similarity", "--answer-key", "nowhere.py"], "there is no answer key"),
        (["--answer-key", "nowhere.py"], "--answer-key is for --similarity"),
    ],
)
def test_an_answer_key_that_is_not_there_is_said_before_anything_starts(
    tmp_path, capsys, options, message
):
    (tmp_path / "ada.py").write_text(SIZES, encoding="utf-8")
    assert main(["grade", str(tmp_path), "-o", str(tmp_path / "results"), *options]) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "results").exists()
