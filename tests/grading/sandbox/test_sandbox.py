"""Student code in a sandbox is answered as it is in this process, and its end is an answer too.

What hostile code comes to is in `test_isolation`.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import samples

from tinytorch.core import Tensor
from tinytorch.grading.in_process import InProcessBackend
from tinytorch.grading.sandbox import launcher, rootfs
from tinytorch.grading.sandbox.sandbox import Sandbox
from tinytorch.grading.sandbox.session import Replacements
from tinytorch.lessons.quantization import LESSON
from tinytorch.lessons.quantization.client import QuantizationSubmission

KEY = [("key", 1, samples.KEY.read_text(encoding="utf-8"))]


def works(method):
    try:
        with Sandbox(method=method):
            return True
    except OSError:
        return False


def proxies(names, ask):
    return Replacements(LESSON.proxies_source(), names, ask)


WORKING = [method for method in launcher.methods() if works(method)]
if sys.platform == "linux" and "once" not in WORKING:
    WORKING.append("once")


@pytest.fixture(params=WORKING)
def box(request):
    with Sandbox(method=request.param, memory=256 << 20, seconds=5) as made:
        yield made


def test_the_key_answers_as_it_does_in_this_process(box):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(4, 7)).astype(np.float32)
    weight = rng.normal(size=(7, 3)).astype(np.float32)
    with box.session(KEY) as session:
        assert (session.opened, session.failure) == ([], None)
        there = QuantizationSubmission(session.answer, rng)
        with InProcessBackend(LESSON, samples.load()).open("", []) as answer:
            here = QuantizationSubmission(answer, rng)
            for name in ("codes", "scale", "zero_point"):
                mine, own = (getattr(each.quantize_int8(values), name) for each in (there, here))
                np.testing.assert_array_equal(mine, own)
            results = [each.quantized_linear(weight).forward(values, 3) for each in (there, here)]
            np.testing.assert_array_equal(*results)
            assert there.number("q3_images") == here.number("q3_images")


def test_a_cell_that_raises_is_reported_and_the_next_one_runs(box):
    cells = [
        ("cell 1", 1, "from __future__ import annotations\nx = 1\n"),
        ("cell 2", 5, "\ny = 1 / 0\n"),
        ("cell 3", 2, "x = (\n"),
        ("cell 4", 1, "def f(a: Unknown): raise IndexError('no')\nraise SystemExit(3)"),
        ("cell 5", 1, "x = x + 1"),
    ]
    with box.session(cells) as session:
        places = [(error["cell"], error["line"], error["type"]) for error in session.opened]
        assert places == [
            ("cell 2", 6, "ZeroDivisionError"),
            ("cell 3", 2, "SyntaxError"),
            ("cell 4", 2, "SystemExit"),
        ]
        assert session.answer({"do": "look_up", "name": "x"}) == {"value": 2}
        reply = session.answer({"do": "call", "target": "f", "arguments": [1]})
        assert (reply["error"], reply["message"]) == ("IndexError", "no")
        assert reply["trace"] == [["cell 4", 1, "f", "def f(a: Unknown): raise IndexError('no')"]]


def test_what_one_session_defines_the_next_one_has_not(box):
    with box.session([("cell 1", 1, "x = 1")]) as session:
        assert session.answer({"do": "look_up", "name": "x"}) == {"value": 1}
    with box.session([]) as session:
        assert session.answer({"do": "look_up", "name": "x"})["error"] == "UndefinedError"


@pytest.mark.parametrize("value", ["10**30", "'x' * 10**6", "np.zeros(3, complex)", "nested"])
def test_a_value_that_cannot_be_sent_is_an_error_and_not_the_end(box, value):
    source = "import numpy as np\nnested = []\nfor _ in range(50): nested = [nested]\n"
    with box.session([("cell 1", 1, f"{source}def f(): return {value}\n")]) as session:
        reply = session.answer({"do": "call", "target": "f", "arguments": []})
        assert "cannot be used" in reply["message"]
        assert session.answer({"do": "look_up", "name": "nested"})["error"] == "ValueError"
        assert session.failure is None


def test_a_proxy_is_answered_in_this_process(box):
    source = "def twice(x): raise OSError\ndef four_times(x): return twice(twice(x))\n"

    def ask(name, value):
        assert name == "twice"
        return value * 2

    with box.session([("cell 1", 1, source)], proxies(["twice"], ask)) as session:
        argument = Tensor(np.ones(2, np.float32))
        reply = session.answer({"do": "call", "target": "four_times", "arguments": [argument]})
        assert reply["value"].data.tolist() == [4, 4]


def test_a_call_of_a_proxy_that_does_not_exist_ends_the_session(box):
    source = (
        "import gc\nfrom tinytorch.grading.sandbox.inside.channel import Channel\n"
        "from tinytorch.grading.sandbox.inside.codec import pack\n"
        "def f():\n    (own,) = [x for x in gc.get_objects() if isinstance(x, Channel)]\n"
        "    own.send(pack({'ask': 'quantize_int8', 'arguments': []}))\n    own.receive()\n"
    )
    with box.session([("cell 1", 1, source)]) as session:
        reply = session.answer({"do": "call", "target": "f", "arguments": []})
        assert reply["error"] == "Malformed"


def test_proxies_cannot_keep_the_grader_busy_for_ever():
    source = "def g():\n    while True: f()\n"
    slow = proxies(["f"], lambda name: time.sleep(0.2))
    with Sandbox(seconds=0.3) as box, box.session([("cell 1", 1, source)], slow) as session:
        started = time.monotonic()
        reply = session.answer({"do": "call", "target": "g", "arguments": []})
        assert reply["error"] == "TimeLimit"
        assert time.monotonic() - started < 10


def test_an_error_of_the_reference_is_raised_where_the_proxy_was_called(box):
    def refuse(name, value):
        raise ValueError(f"{value} is not a Tensor")

    source = "def g():\n    try: f(1)\n    except ValueError as error: return str(error)\n"
    with box.session([("cell 1", 1, source)], proxies(["f"], refuse)) as session:
        reply = session.answer({"do": "call", "target": "g", "arguments": []})
        assert reply == {"value": "1 is not a Tensor"}


def test_time_in_the_reference_is_not_the_students():
    def slow(name):
        time.sleep(1.2)
        return 1

    with Sandbox(seconds=1) as box, box.session([], proxies(["slow"], slow)) as session:
        assert session.answer({"do": "call", "target": "slow", "arguments": []}) == {"value": 1}


def test_an_endless_loop_in_a_cell_is_a_time_limit_for_good(box):
    box.seconds = 0.5
    with box.session([("cell 1", 1, "while True: pass")]) as session:
        for _ in range(2):
            reply = session.answer({"do": "look_up", "name": "x"})
            assert reply["error"] == "TimeLimit"
            assert "longer than 0.5 s" in reply["message"]
    with box.session([]) as session:
        assert session.failure is None


def test_a_crash_says_how_the_process_ended(box):
    with box.session([("cell 1", 1, "import os; os._exit(3)")]) as session:
        assert session.failure["error"] == "Crashed"
        assert "exit code 3" in session.failure["message"]
    crash = "import ctypes; ctypes.string_at(0)"
    with box.session([("cell 1", 1, crash)]) as session:
        assert "SIGSEGV" in session.failure["message"]


def test_one_session_at_a_time(box):
    with box.session([]), pytest.raises(ValueError, match="one session at a time"):
        box.session([])


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for method in WORKING:
        rootfs.copy_of_library()
        before = set(tmp_path.iterdir())
        with Sandbox(method=method) as box, box.session(KEY):
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii")
            assert children.strip()
        assert set(tmp_path.iterdir()) == before


def test_a_grader_that_is_killed_takes_its_sandbox_along(tmp_path):
    script = (
        "import sys, time\n"
        "from tinytorch.grading.sandbox.sandbox import Sandbox\n"
        "box = Sandbox(method=sys.argv[1]); box.session([])\n"
        "print(box._process._process.pid, flush=True); time.sleep(60)\n"
    )
    for method in [method for method in WORKING if method != "once"]:
        grader = subprocess.Popen(
            [sys.executable, "-c", script, method], stdout=subprocess.PIPE, text=True,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )  # fmt: skip
        with grader:
            number = grader.stdout.readline().strip()
            grader.kill()
        deadline = time.monotonic() + 10
        while Path(f"/proc/{number}/status").exists() and time.monotonic() < deadline:
            if "State:\tZ" in Path(f"/proc/{number}/status").read_text("ascii"):
                break
            time.sleep(0.01)
        assert time.monotonic() < deadline, method


def test_arrays_of_the_core_come_through(box):
    source = "from tinytorch.core import Tensor\ndef f(t): return Tensor(t.data[::-1])\n"
    values = np.arange(3, dtype=np.int8)
    with box.session([("cell 1", 1, source)]) as session:
        reply = session.answer({"do": "call", "target": "f", "arguments": [Tensor(values)]})
    assert reply["value"].data.tolist() == [2, 1, 0]
    assert reply["value"].dtype == np.int8
