"""Hostile submissions earn what their honest part earns, and leave nothing behind.

Each is a file in tests/submissions/15_quantization/hostile that only `containment.grade` runs. It
says what it tries, and has

    EARNS       the points of its honest part
    KEEPS       the fewest points that it must get, where that is less than EARNS
    REASON      a regular expression for a reason that must be given
    AFTER_KEY   True if it is appended to the answer key
"""

import ast
import functools
import re
import tempfile
from pathlib import Path

import pytest
from redteam import containment
from samples import KEY, files_in

MAX_REASON = 2500  # characters
MAX_SECONDS = 15  # seconds that grading a submission may take, at 2 seconds for an exercise
MAX_MEGABYTES = 600  # MB that the grader itself may take for a submission
HOSTILE = {path.stem: path for path in files_in("hostile")}
by_every_method = pytest.mark.parametrize("method", containment.METHODS)


def constants(path):
    """The docstring and the constants of a file, which is parsed and not run."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {"DOC": ast.get_docstring(tree), "AFTER_KEY": False}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in ("EARNS", "KEEPS", "REASON", "AFTER_KEY"):
                found[name] = ast.literal_eval(node.value)
    return {"KEEPS": found.get("EARNS"), **found}


@functools.cache
def outcomes(method):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        submissions = {}
        for stem, path in HOSTILE.items():
            own = path.read_text(encoding="utf-8")
            parts = [KEY.read_text(encoding="utf-8")] * constants(path)["AFTER_KEY"]
            submissions[stem] = folder / f"{stem}.py"
            submissions[stem].write_text("\n# %%\n".join([*parts, own]), encoding="utf-8")
        # A first and a last one that are right: what the others do must not reach them.
        for end in ("0 first", "zz last"):
            submissions[end] = folder / f"{end}.py"
            submissions[end].write_text(KEY.read_text(encoding="utf-8"), encoding="utf-8")
        return containment.grade(folder, submissions, method)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_submission_says_what_it_tries_and_what_it_deserves(name):
    found = constants(HOSTILE[name])
    assert found["DOC"]
    assert 0 <= found["KEEPS"] <= found["EARNS"] <= 100
    assert re.compile(found["REASON"])


@by_every_method
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_submission_earns_what_its_honest_part_earns(name, method):
    found, outcome = constants(HOSTILE[name]), outcomes(method)[name]
    assert outcome["error"] is None, outcome["text"]
    assert found["KEEPS"] <= outcome["points"] <= found["EARNS"], outcome["text"]


@by_every_method
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_submission_is_told_why_it_lost_points(name, method):
    outcome = outcomes(method)[name]
    assert outcome["max_points"] == 100, "tests have vanished from the report"
    for score in outcome["scores"]:
        lost = score["points"] < score["max_points"] or not score["max_points"]  # or a bonus
        assert bool(score["reason"]) == (lost and score["status"] != "passed")
    reasons = [score["reason"] for score in outcome["scores"] if score["reason"]]
    reasons = reasons or ["nothing is lost"]
    pattern = constants(HOSTILE[name])["REASON"]
    assert any(re.search(pattern, reason) for reason in reasons), outcome["text"]


@by_every_method
@pytest.mark.parametrize("name", HOSTILE)
def test_a_reason_can_be_printed_and_is_not_endless(name, method):
    outcome = outcomes(method)[name]
    assert outcome["said"] == "", "the grader printed what it should not"
    for reason in outcome["reasons"]:
        assert len(reason) <= MAX_REASON, f"{len(reason)} characters: {reason[:200]}"
        odd = {letter for letter in reason if not letter.isprintable() and letter != "\n"}
        assert not odd, f"characters that steer a terminal: {odd}"


@by_every_method
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_submission_leaves_no_process_and_no_file(name, method):
    outcome = outcomes(method)[name]
    assert (outcome["processes_left"], outcome["files_changed"]) == (0, [])


@by_every_method
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_submission_costs_the_grader_little_time_and_memory(name, method):
    outcome = outcomes(method)[name]
    assert outcome["seconds"] < MAX_SECONDS
    assert outcome["megabytes"] < MAX_MEGABYTES


@by_every_method
@pytest.mark.parametrize("end", ["0 first", "zz last"])
def test_an_honest_submission_among_hostile_ones_earns_all(end, method):
    assert outcomes(method)[end]["points"] == 100, outcomes(method)[end]["text"]


def test_there_are_hostile_submissions_of_every_kind():
    assert len(HOSTILE) * len(containment.METHODS) >= 150
