"""Hostile code costs its own session only, reaches nothing and leaves nothing.

It runs in a process namespace of its own around the sandbox, with limits, so that even the mistake
that these tests look for could not harm the machine. All of `HOSTILE` runs there by each method,
once more without the filter of system calls, and what came of it is looked at here.
"""

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tinytorch.grading.sandbox import launcher, rootfs
from tinytorch.grading.sandbox.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]


# What an attack must come to: an error of the session, an exception's name, or a value.
ENDED = {"Crashed", "TimeLimit", "Malformed"}
HOSTILE = {
    "kills everything": ("os.kill(-1, 9)", {"PermissionError", *ENDED}),
    "kills its parent": ("os.kill(os.getppid(), 9)", {"PermissionError", *ENDED}),
    "kills process 1": ("os.kill(1, 9)", {"PermissionError", *ENDED}),
    "stops its parent": ("os.kill(os.getppid(), 19)", {"PermissionError", *ENDED}),
    "leaves": ("os._exit(0)", {"Crashed"}),
    "exits": ("sys.exit(0)", {"SystemExit"}),
    "crashes": ("import ctypes; ctypes.string_at(0)", {"Crashed"}),
    "aborts": ("os.abort()", {"Crashed"}),
    "never ends": ("while True: pass", {"TimeLimit"}),
    "never ends and ignores signals": (
        "import signal\n    signal.signal(15, signal.SIG_IGN)\n    while True: pass",
        {"TimeLimit"},
    ),
    "never ends in C": ("sum(iter(int, 1))", {"TimeLimit"}),
    "sleeps": ("import time; time.sleep(60)", {"TimeLimit"}),
    "recurses": (
        "sys.setrecursionlimit(10**9); f = lambda: f(); f()",
        {"Crashed", "MemoryError", "TimeLimit"},
    ),
    "takes 10 GB": ("return bytearray(10 << 30)", {"MemoryError"}),
    "takes 10 GB slowly": ("x = []\n    while True: x.append(bytes(1 << 20))", {"MemoryError"}),
    "takes 10 GB with NumPy": (
        "import numpy; numpy.ones(10 << 27)", {"MemoryError", "_ArrayMemoryError"},
    ),
    "takes memory as files": ("os.memfd_create('x')", {"PermissionError"}),
    "raises its limits": (
        "import resource; resource.setrlimit(7, (9999, 9999))",
        {"ValueError", "PermissionError"},
    ),
    "fills a file": ("open('x', 'wb').write(bytes(200 << 20))", {"OSError"}),
    "fills the disk": (
        "for i in range(10): open(str(i), 'wb').write(bytes(8 << 20))",
        {"OSError"},
    ),
    "leaves a file": ("open('x', 'w').close(); return 1", {1}),
    "nests folders": (
        "for i in range(3000): os.mkdir('d'); os.chdir('d')\n    return 1",
        {1, "OSError", *ENDED},
    ),
    "forks for ever": ("while True: os.fork()", {"PermissionError", "BlockingIOError"}),
    "leaves a daemon": (
        "if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0:\n"
        "            import time; time.sleep(99)\n        os._exit(0)",
        {"PermissionError", "BlockingIOError"},
    ),
    "starts a program": (
        "import subprocess; subprocess.run(['/bin/sh'])",
        {"PermissionError", "BlockingIOError", "FileNotFoundError"},
    ),
    "starts a thread": (
        "import threading; threading.Thread(target=print).start()", {"RuntimeError"},
    ),
    "becomes another program": (
        "os.execv(sys.executable, [sys.executable, '-c', 'pass'])", {"PermissionError", *ENDED},
    ),
    "makes a namespace": (
        "import ctypes; c = ctypes.CDLL(None, use_errno=True)\n"
        "    return c.unshare(0x10000000) or 0 * ctypes.get_errno()",
        {-1},
    ),
    "prints for ever": ("while True: os.write(1, bytes(1 << 20))", {"TimeLimit"}),
    "prints much": ("for i in range(10**9): print('x' * 10**6)", {"MemoryError", "TimeLimit"}),
    "writes nonsense to the socket": ("os.write(3, b'nonsense' * 99)", {"Malformed"}),
    "announces too much": ("os.write(3, bytes([0, 0, 0, 2]) + b'\\xff' * 8)", {"Malformed"}),
    "announces and waits": (
        "os.write(3, bytes([0, 0, 0, 9]) + bytes(8))\n    while True: pass", {"TimeLimit"},
    ),
    "answers byte by byte": (
        "import time\n    os.write(3, bytes([0, 0, 9, 9]) + bytes(8))\n"
        "    while True: os.write(3, b' '); time.sleep(0.05)", {"TimeLimit"},
    ),
    "sends deep lists": (
        "d = b'[' * 99999 + b']' * 99999\n"
        "    os.write(3, len(d).to_bytes(4, 'big') + bytes(8) + d)", {"Malformed"},
    ),
    "sends objects": (
        "d = b'{\"value\": {\"tensor\": {\"nd\": [\"|O8\", [1]]}}}'\n"
        "    os.write(3, len(d).to_bytes(4, 'big') + (8).to_bytes(8, 'big') + d + bytes(8))",
        {"Malformed"},
    ),
    "closes the socket": ("os.close(3)\n    while True: pass", {"Crashed"}),
    "reads memory of process 1": ("open('/proc/1/mem', 'rb').read(1)", {"FileNotFoundError"}),
    "reads the environment of process 1": (
        "open('/proc/1/environ', 'rb').read(1)", {"FileNotFoundError"},
    ),
    "traces its parent": (
        "import ctypes; return ctypes.CDLL(None).ptrace(16, os.getppid(), None, None)", {-1},
    ),
    "finds secrets in the environment": ("return 'SECRET' in os.environ", {False}),
    "finds modules": (
        "found = []\n    for name in ('pytest', 'tinytorch.perf', 'tinytorch.lessons.check',"
        " 'tinytorch.lessons.quantization.reference'):\n"
        "        try: __import__(name); found.append(name)\n"
        "        except (ImportError, OSError): pass\n    return str(found)", {"[]"},
    ),
    "finds the reference in memory": (
        "import gc\n    return sum('_right' in str(x) or 'reference' in str(x) for x in"
        " gc.get_objects() if type(x).__name__ == 'module')", {0},
    ),
    # Others than root are in a namespace where they are named root, here.
    "is root": ("return os.getuid() == 0", {False, getattr(os, "geteuid", int)() != 0}),
    "connects": (
        "import socket; socket.create_connection(('127.0.0.1', PORT), 1)",
        {"PermissionError", "OSError"},
    ),
}  # fmt: skip
# Not ROOT itself: a virtual environment in it has NumPy, so that the path leads to that alone.
PLACES = ("/root", "/etc/passwd", "/home", "/proc", "/sys", "/var", __file__)
for path in (*PLACES, *(str(ROOT / name) for name in ("tests", "tinytorch", "modules", ".git"))):
    HOSTILE[f"looks for {path}"] = (f"return {path!r} in seen({path!r})", {False})
for path in ("/x", "/stage/x", "/tmp/../x", "/usr/lib/x", "/dev/x", "NUMPY/x", "MASK/x", "HOST/x"):
    HOSTILE[f"writes {path}"] = (
        f"open({path!r}, 'w')", {"PermissionError", "OSError", "FileNotFoundError"},
    )  # fmt: skip

RUN_HOSTILE = """
import json, os, socket, sys, tempfile, time
from pathlib import Path
import numpy
from tinytorch.grading.sandbox.sandbox import Sandbox
from tinytorch.grading.sandbox import launcher, rootfs
method, host, filtered = sys.argv[1:4]
if filtered == "unfiltered":
    command = launcher.command
    launcher.command = lambda *these, **those: command(*these, **{**those, "filter": False})
os.environ["SECRET"] = "1"
tempfile.tempdir = host
rootfs.library_copy()

def processes():
    return sorted(int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())

def files():
    return sorted(str(path) for path in Path(host).rglob("*"))

before, there = processes(), files()
masks = [target for kind, _, target in rootfs.mounts() if kind == "mask"]
results = {}
with socket.create_server(("127.0.0.1", 0)) as server:
    words = {"PORT": str(server.getsockname()[1]), "NUMPY": str(Path(numpy.__file__).parent),
             "MASK": masks[0], "HOST": host}
    with Sandbox(method=method, memory=256 << 20, seconds=0.6) as box:
        for name, source in json.load(sys.stdin).items():
            for word, meant in words.items():
                source = source.replace(word, meant)
            with box.session([("cell 1", 1, source)]) as session:
                first = session.answer({"do": "call", "target": "attack", "arguments": []})
                again = session.answer({"do": "look_up", "name": "ok"})
                failure = session.failure
            honest = "import os, math\\nok = os.listdir('.') == []"
            with box.session([("cell 1", 1, honest)]) as session:
                after = session.answer({"do": "look_up", "name": "ok"})
            came = first.get("error", first.get("value"))
            results[name] = dict(came=came, message=first.get("message"), after=after,
                                 same=failure is None or again == failure)
        method = box.method
deadline = time.monotonic() + 5
while processes() != before and time.monotonic() < deadline:
    time.sleep(0.01)
left = {"processes": len(processes()) - len(before), "files": sorted({*files()} - {*there})}
print(json.dumps({"results": results, "left": left}))
"""


def inside_outer_namespace(code, arguments, text):
    """Run a Python script where no process but its own can be reached; returns what it printed."""
    if shutil.which("unshare") is None or sys.platform != "linux":
        pytest.skip("this system has no namespaces")
    outer = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid() != 0:
        outer += ["--user", "--map-root-user"]
    limits = ["prlimit", f"--as={6 << 30}", "--nproc=2000", "--fsize=500000000", "--core=0"]
    command = [*outer, *limits, "timeout", "300", sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=320)
    if done.returncode and "unshare: " in done.stderr:
        pytest.skip(f"this system gives no namespaces: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def works(method):
    try:
        with Sandbox(method=method) as box:
            return "no dangerous system calls" not in box.not_enforced
    except OSError:
        return False


# Another process of the same system, "plain", relies on the filter.
METHODS = [method for method in ("bubblewrap", "plain") if works(method)]
RUNS = [f"{method}, filtered" for method in METHODS]
RUNS += [f"{method}, unfiltered" for method in METHODS if method != "plain"]

LOOK = """
import os, sys
def seen(path):
    try:
        inside = os.listdir(path) if os.path.isdir(path) else [open(path).read()]
    except OSError:
        return []
    return [path] * bool(set(inside) - {".pyenv"})
def attack():
    """

# Where calls are not refused, these reach nothing.
UNFILTERED = {
    "kills everything": {"ProcessLookupError", None},
    "kills its parent": {None},
    "kills process 1": {None},
    "stops its parent": {None},
    "takes memory as files": {None},
    "makes a namespace": {0},
    "connects": {"ConnectionRefusedError", "OSError"},
}
FORKS = ("forks for ever", "leaves a daemon", "starts a program", "starts a thread")
# A process of the same system has a folder on the disk, and stays root if others may not read
# the interpreter.
PLAIN = {
    "fills the disk": {None},
    "reads memory of process 1": {"PermissionError"},
    "reads the environment of process 1": {"PermissionError"},
    "is root": {True, False},
}
CASES = [
    (run, name) for run in RUNS for name in HOSTILE
    if "unfiltered" not in run or name in (*UNFILTERED, *FORKS)
]  # fmt: skip


@functools.cache
def outcome(run):
    method, filtered = run.split(", ")
    sources = {name: LOOK + HOSTILE[name][0] for case, name in CASES if case == run}
    with tempfile.TemporaryDirectory() as host:
        Path(host).chmod(0o777)
        return inside_outer_namespace(RUN_HOSTILE, [method, host, filtered], json.dumps(sources))


@pytest.mark.parametrize(("run", "name"), CASES)
def test_hostile_code_costs_its_own_session_only(run, name):
    result, allowed = outcome(run)["results"][name], HOSTILE[name][1]
    if "unfiltered" in run:
        allowed = UNFILTERED.get(name, allowed)
    if "plain" in run:
        allowed = PLAIN.get(name, allowed)
    assert result["came"] in allowed, result
    assert result["after"] == {"value": True}, result
    assert result["same"]


@pytest.mark.parametrize("run", RUNS)
def test_hostile_code_leaves_no_process_and_no_file(run):
    assert outcome(run)["left"] == {"processes": 0, "files": []}


def test_the_copy_of_the_library_holds_no_solution_and_no_tests():
    copied = rootfs.library_copy()
    folders = {path.parent.relative_to(copied).as_posix() for path in copied.rglob("*.py")}
    inside = "tinytorch/grading/sandbox/inside"
    assert folders == {
        "tinytorch",
        "tinytorch/core",
        "tinytorch/grading",
        "tinytorch/grading/sandbox",
        inside,
    }


def test_no_packages_but_numpy_are_shown():
    for path in rootfs.readable():
        assert "-packages" not in path or Path(path).name in ("numpy", "numpy.libs")
    shown = [target for kind, _, target in rootfs.mounts() if kind == "bind"]
    masked = [target for kind, _, target in rootfs.mounts() if kind == "mask"]
    for folder in shown:
        for packages in [
            *Path(folder).glob("python*/*-packages"),
            *Path(folder).glob("*-packages"),
        ]:
            assert str(packages) in masked


def test_what_is_missing_is_said():
    report = {"filter": True, "landlock": True, "user": 64000}
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
