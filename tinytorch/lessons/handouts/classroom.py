"""GitHub Classroom: a template repository whose workflow grades at every push.

Classroom's reporter, an action, reads the output of the step that grades. What Classroom calls the
autograding workflow is .github/workflows/classroom.yml (docs.github.com, "Use autograding").
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tinytorch.lessons.handouts import students
from tinytorch.lessons.handouts.gate import Earned, require_no_answers, run
from tinytorch.lessons.handouts.notebooks import Sources, write
from tinytorch.lessons.handouts.texts import text

WORKFLOW = ".github/workflows/classroom.yml"
PAGE = ".github/CLASSROOM.md"  # GitHub would show a README.md there in place of the students'
PROGRAM = "tinytorch.lessons.handouts.runners.github"

PUSH = 'Commit the file `{}` and push it. The run under "Actions" shows your points.'


def build(folder: Path, sources: Sources) -> None:
    """Write what students get, with the workflow and a page for instructors beside it.

    Args:
        folder: an empty one.
        sources: the lesson and its key.
    """
    students.build(folder, sources, PUSH)
    (wheel,) = folder.glob("*.whl")
    for template, name in (("classroom.yml", WORKFLOW), ("classroom.md", PAGE)):
        page = text(template, sources, wheel=wheel.name, program=PROGRAM)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")


def gate(folder: Path, sources: Sources) -> Earned:
    """Read the points from what the workflow's step gives to Classroom's reporter.

    Args:
        folder: what `build` wrote.
        sources: the lesson and its key.

    Raises:
        HandoutError: if an answer is in there, or the step fails.
    """
    require_no_answers(folder, sources.answers())
    untouched = sources.untouched()
    with tempfile.TemporaryDirectory() as temporary:
        library = Path(temporary, "library")
        students.unpack_wheel(folder, library)
        results: list[dict[str, Any]] = []
        for notebook in (sources.answered(untouched), untouched):
            output = Path(temporary, f"output{len(results)}")
            write(notebook, Path(temporary, sources.file_name))
            run(
                [sys.executable, "-m", PROGRAM, sources.file_name], Path(temporary),
                PYTHONPATH=str(library), GITHUB_OUTPUT=str(output), GITHUB_STEP_SUMMARY="",
            )  # fmt: skip
            results.append(decoded(output))
    key, nothing = (sum(test["score"] for test in each["tests"]) for each in results)
    return Earned(key, nothing, results[0].get("max_score", 0))


def decoded(output: Path) -> dict[str, Any]:
    """What Classroom's reporter finds in a file of step outputs."""
    (line,) = output.read_text(encoding="utf-8").splitlines()
    found: dict[str, Any] = json.loads(base64.b64decode(line.removeprefix("result=")))
    return found
