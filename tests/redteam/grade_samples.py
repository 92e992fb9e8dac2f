"""Grades submissions one after the other by one sandbox, and says what came of each, as JSON.

It runs in the namespaces and limits that `containment` puts around it, and nowhere else: the
submissions that it is given try to do damage.

    python grade_samples.py FOLDER METHOD SECONDS < {"name": path, ...}
"""

import contextlib
import hashlib
import io
import json
import os
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path

from tinytorch.grading.runner import grade_file
from tinytorch.grading.sandbox import rootfs
from tinytorch.grading.sandbox.inside.submission.cells import UnreadableSubmissionError
from tinytorch.grading.sandbox.sandbox import Sandbox
from tinytorch.lessons.quantization import LESSON

MAX_SECONDS = 20  # seconds for one submission; more than that has stopped the run


class Stopped(KeyboardInterrupt):
    """A submission took too long."""


def stop(*_):
    raise Stopped(f"over {MAX_SECONDS} s")


def processes():
    """The processes of this namespace but for the sandbox's own, which are there before."""
    return {int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()}


def files(folder):
    """Every file of a folder with a mark of its content."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        is_file = path.is_file() and not path.is_symlink() and path.stat().st_size < 1_000_000
        mark = hashlib.sha256(path.read_bytes()).hexdigest() if is_file else None
        found[str(path.relative_to(folder))] = mark
    return found


def peak():
    """The most memory that this process has taken since `forget_peak`, in MB."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def forget_peak():
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", "ascii")


def graded(path, sandbox):
    """What a submission earns, and what it cost."""
    forget_peak()
    before, started, said = peak(), time.monotonic(), io.StringIO()
    outcome = {"error": None, "scores": [], "points": 0, "max_points": 0, "text": ""}
    signal.alarm(MAX_SECONDS)
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            report = grade_file(LESSON, path, sandbox)
        outcome |= {"points": report.points, "max_points": report.max_points, "text": str(report)}
        outcome["html"] = report._repr_html_()
        outcome["scores"] = [score._asdict() for score in report.scores]
        outcome["reasons"] = [result.reason for result in report.results if result.reason]
    except UnreadableSubmissionError as error:
        outcome |= {"error": "UnreadableSubmissionError", "text": str(error)}
    except BaseException as error:
        outcome |= {"error": type(error).__name__, "text": str(error)}
    finally:
        signal.alarm(0)
    outcome["said"] = said.getvalue()
    outcome["seconds"] = time.monotonic() - started
    outcome["megabytes"] = peak() - before
    return outcome


def main(folder, method, seconds, submissions):
    signal.signal(signal.SIGALRM, stop)
    os.environ["SECRET"] = "a secret of the grader"
    os.environ["HOME"] = str(Path(folder, "home"))
    tempfile.tempdir = str(Path(folder, "temporary"))
    rootfs.copy_of_library()
    first_files, first_processes, results = files(folder), processes(), {}
    with Sandbox(512 << 20, float(seconds), 6 * float(seconds), method) as sandbox:
        enforced, missing = sandbox.enforced, sandbox.not_enforced
        for name, path in submissions.items():
            outcome = results[name] = graded(path, sandbox)
            # The sandbox itself may be another one by now; it is started again to compare.
            sandbox.stop()
            deadline = time.monotonic() + 5
            while processes() != first_processes and time.monotonic() < deadline:
                time.sleep(0.005)
            outcome["processes_left"] = len(processes() - first_processes)
            now = files(folder)
            outcome["files_changed"] = sorted(
                name for name in {*first_files, *now}
                if now.get(name, "") != first_files.get(name, "")
            )  # fmt: skip
    return {"results": results, "enforced": enforced, "not_enforced": missing}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:], json.load(sys.stdin))))
