"""Hostile code costs its own session only, reaches nothing and leaves nothing.

It runs in a process namespace of its own around the sandbox, with limits, so that even the mistake
that these tests look for could not harm the machine. All `ATTACKS` run there by each method, once
more without the filter of system calls, and what came of it is looked at here.
"""

import functools
import json
import os
import sys
import tempfile
from pathlib import Path

import pytest
from grading.sandbox.attacks import ATTACKS, FORKS, LOOK, PLAIN, UNFILTERED
from redteam import containment
from redteam.containment import METHODS

from tinytorch.grading.sandbox import launcher
from tinytorch.grading.sandbox.sandbox import Sandbox

RUNS = [f"{method}, filtered" for method in METHODS]
RUNS += [f"{method}, unfiltered" for method in METHODS if method != "plain"]
CASES = [
    (run, name) for run in RUNS for name in ATTACKS
    if "unfiltered" not in run or name in (*UNFILTERED, *FORKS)
]  # fmt: skip


@functools.cache
def outcome(run):
    method, filtered = run.split(", ")
    sources = {name: LOOK + ATTACKS[name][0] for case, name in CASES if case == run}
    with tempfile.TemporaryDirectory() as host:
        Path(host).chmod(0o777)
        script = Path(__file__).with_name("run_attacks.py")
        return containment.run([script, method, host, filtered], json.dumps(sources))


@pytest.mark.parametrize(("run", "name"), CASES)
def test_hostile_code_costs_its_own_session_only(run, name):
    result, allowed = outcome(run)["results"][name], ATTACKS[name][1]
    if "unfiltered" in run:
        allowed = UNFILTERED.get(name, allowed)
    if "plain" in run:
        allowed = PLAIN.get(name, allowed)
    assert result["came"] in allowed, result
    assert result["after"] == {"value": True}, result
    assert result["same"]
    assert not result["traces"], "the next session sees when this one wrote to its folder"


@pytest.mark.parametrize("run", RUNS)
def test_hostile_code_leaves_no_process_and_no_file(run):
    assert outcome(run)["left"] == {"processes": 0, "files": []}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these")
@pytest.mark.skipif(not os.environ.get("CI"), reason="CI installs bubblewrap")
def test_where_ci_runs_every_method_works():
    assert METHODS == ["bubblewrap", "plain"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_a_process_of_its_own_that_root_starts_reaches_no_other():
    source = (
        "import os\nuser = os.getuid()\ndef reach(): os.kill(os.getppid(), 0)\n"
        "def fork():\n    if os.fork() == 0: os._exit(0)\n"
    )
    with Sandbox(method="once") as box, box.session([("cell 1", 1, source)]) as session:
        user = session.answer({"do": "look_up", "name": "user"})["value"]
        reach, fork = (
            session.answer({"do": "call", "target": name, "arguments": []}).get("error")
            for name in ("reach", "fork")
        )
    # What is said is so; others may not read every interpreter that root has.
    assert ("not the user root (its own user)" in box.enforced) == (user != 0)
    assert fork == ("BlockingIOError" if user else None)
    assert reach == ("PermissionError" if user and os.geteuid() == 0 else None)


def test_what_is_missing_is_said():
    report = {"filter": True, "landlock": 7, "user": 64000, "files": True}
    assert launcher.enforcement("bubblewrap", report)[1] == []
    missing = launcher.enforcement("once", {})[1]
    assert "no network" in missing
    assert "other processes are out of reach" in missing


def test_a_method_that_does_not_work_is_passed_over(monkeypatch):
    monkeypatch.setattr(launcher, "methods", lambda: ("bubblewrap", "once"))
    monkeypatch.setattr(launcher, "_bubblewrap", lambda: [sys.executable, "-c", "1/0", "--"])
    monkeypatch.setattr("tinytorch.grading.sandbox.sandbox._failed", {})
    with Sandbox() as box, box.session([("cell 1", 1, "x = 1")]) as session:
        assert box.method == "once"
        assert session.answer({"do": "look_up", "name": "x"}) == {"value": 1}
