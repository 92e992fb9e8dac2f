"""Runs `grade_samples.py` and `grade_class.py` where a hole in the sandbox harms nothing.

It shows as a failed test: around the grader and its sandbox are a namespace of processes, which
ends with all that is in it, a network that has not even loopback, and limits on memory, processes,
file size and time.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tinytorch.grading.sandbox.sandbox import Sandbox

NAMESPACES = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
LIMITS = ["prlimit", f"--as={6 << 30}", "--nproc=2000", "--fsize=500000000", "--core=0"]
LIMITS += ["timeout", "--signal=KILL", "400"]


def _works(method):
    try:
        with Sandbox(method=method) as box:
            return "no dangerous system calls" not in box.not_enforced
    except OSError:
        return False


# Another process of the same system, "plain", relies on the filter.
METHODS = [method for method in ("bubblewrap", "plain") if _works(method)]


def left_out(reason):
    """Skip a test, but not where CI runs: a missing namespace is a failure there."""
    (pytest.fail if os.environ.get("CI") and sys.platform == "linux" else pytest.skip)(reason)


def contained(command, network=False):
    """What runs a Python script in namespaces and within limits."""
    if shutil.which("unshare") is None or sys.platform != "linux":
        left_out("this system has no namespaces")
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    net = [] if network else ["--net"]
    return [*NAMESPACES, *net, *user, *LIMITS, sys.executable, *map(str, command)]


def run(command, text):
    """Run a Python script that may reach the network; returns the JSON that it has printed."""
    command = contained(command, network=True)
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=420)
    return read(done.returncode, done.stdout, done.stderr)


def command(folder, script, *arguments):
    """What runs a script of this folder; its home and temporary files go to `folder`."""
    for name in ("home", "temporary"):
        (folder / name).mkdir(exist_ok=True)
    folder.chmod(0o755)
    (folder / "home" / "private.txt").write_text("a secret of the instructor", "ascii")
    return contained([Path(__file__).with_name(script), *arguments])


def start(folder, submissions, method, seconds):
    """Start grading submissions (name: path) in sandboxes of a method."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(
        command(folder, "grade_samples.py", folder, method, seconds), text=True, **pipes
    )
    process.stdin.write(json.dumps({name: str(path) for name, path in submissions.items()}))
    process.stdin.close()
    process.stdin = None
    return process


QUICK = ("--seconds", "2", "--memory", "300")  # little time for those who take all of it


def grade_class(folder, submitted, results, kill_after=0, options=QUICK):
    """Grade a class as an instructor does; the grader is killed once so many are done."""
    made = command(folder, "grade_class.py", submitted, results, kill_after, *options)
    environment = {**os.environ, "TMPDIR": str(folder / "temporary"), "HOME": str(folder / "home")}
    done = subprocess.run(made, capture_output=True, text=True, timeout=420, env=environment)
    return read(done.returncode, done.stdout, done.stderr)


def results(process):
    """Wait for a process that was started, and read what it found."""
    said, complained = process.communicate(timeout=420)
    return read(process.returncode, said, complained)


def read(status, said, complained):
    """The JSON object that a script has printed last."""
    if status and "unshare: " in complained:
        left_out(f"this system gives no namespaces: {complained.strip()}")
    assert status == 0, f"the run ended with {status}: {complained}"
    return json.loads(said.splitlines()[-1])


BEST = METHODS[0] if METHODS else "once"


def grade(folder, submissions, method=BEST, seconds=2, workers=2):
    """Grade submissions, some at the same time; returns a dict of what came of each.

    Each of their exercises has some seconds, and so has reading one.
    """
    names, started = sorted(submissions), []
    for number in range(min(workers, len(names))):
        own = folder / f"worker {number}"
        own.mkdir()
        started.append(
            start(
                own, {name: submissions[name] for name in names[number::workers]}, method, seconds
            )
        )
    found = {}
    try:
        for process in started:
            found |= results(process)["results"]
    finally:
        for process in started:
            process.kill()
    return found
