"""Gradescope: the autograder as a zip file, with its two scripts and the library.

Gradescope's layout (gradescope-autograders.readthedocs.io, "Specifications"): the zip file is
unpacked to /autograder/source, where setup.sh runs once, as root. For each submission,
/autograder/run_autograder, a copy, runs; /autograder/submission has the files, and
/autograder/results/results.json is what it leaves.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from tinytorch.lessons.handouts.gate import Earned, HandoutError, require_no_answers, run
from tinytorch.lessons.handouts.notebooks import Sources, write
from tinytorch.lessons.handouts.students import unpack_wheel
from tinytorch.lessons.handouts.texts import text

SCRIPTS = ("setup.sh", "run_autograder")


def build(folder: Path, sources: Sources) -> None:
    """Write the scripts, the library, and a page that says how to use them.

    Args:
        folder: an empty one.
        sources: the lesson and its key.
    """
    wheel = sources.write_library(folder, with_hidden_tests=True).name
    for template, name in (*((each, each) for each in SCRIPTS), ("gradescope.md", "README.md")):
        page = text(template, sources, wheel=wheel)
        (folder / name).write_text(page, encoding="utf-8", newline="\n")


def gate(folder: Path, sources: Sources) -> Earned:
    """Run `run_autograder` in Gradescope's layout, with the library of the zip file.

    Args:
        folder: what `build` wrote.
        sources: the lesson and its key.

    Raises:
        HandoutError: if it fails, there is no bash, or an answer is in the zip file.
    """
    if shutil.which("bash") is None:
        raise HandoutError("nothing is written, as the autograder is a script for bash: install it")
    require_no_answers(folder, sources.answers())
    untouched = sources.untouched()
    with tempfile.TemporaryDirectory() as temporary:
        autograder = Path(temporary, "autograder")
        shutil.copytree(folder, autograder / "source")
        shutil.copy(folder / "run_autograder", autograder)
        library = Path(temporary, "library")
        unpack_wheel(folder, library)
        _stand_in(autograder / "source" / "venv", library)
        key = grade(autograder, sources.file_name, sources.answered(untouched))
        nothing = grade(autograder, sources.file_name, untouched)
    if "score" not in key or not key["tests"]:
        raise HandoutError(f"nothing is written, as the autograder says: {key['output']}")
    return Earned(key["score"], nothing["score"], key["extra_data"]["max_points"])


def grade(autograder: Path, name: str, notebook: Any) -> dict[str, Any]:
    """Have the autograder grade a notebook.

    Args:
        autograder: the folder in which `run_autograder` is.
        name: of the file that is submitted.
        notebook: what it holds.

    Returns:
        What results.json holds.
    """
    write(notebook, autograder / "submission" / name)
    run(["bash", autograder / "run_autograder"], autograder)
    results = autograder / "results" / "results.json"
    found: dict[str, Any] = json.loads(results.read_text(encoding="utf-8"))
    return found


def _stand_in(environment: Path, library: Path) -> None:
    """Make what stands for the environment that setup.sh makes: this Python, and that library."""
    python = environment / "bin" / "python"
    python.parent.mkdir(parents=True)
    lines = ["#!/bin/sh", f"PYTHONPATH={shlex.quote(os.fspath(library))}", "export PYTHONPATH"]
    lines.append(f'exec {shlex.quote(sys.executable)} "$@"')
    python.write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")
    python.chmod(0o755)
