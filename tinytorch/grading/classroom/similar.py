"""Compares the submissions of a class with each other, the answer key and the library.

Submissions are parsed in sandboxes only: what is compared here are the lists of tokens that come
from there.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import closing, suppress
from pathlib import Path

from tinytorch.grading.classroom.pool import WorkerDiedError
from tinytorch.grading.classroom.pools import done_tasks
from tinytorch.grading.classroom.worker import read_forms
from tinytorch.grading.lesson import Lesson
from tinytorch.grading.reports.store import write
from tinytorch.grading.sandbox.inside.submission.forms import Form
from tinytorch.grading.sandbox.sandbox import Sandbox, SandboxBrokenError
from tinytorch.grading.similarity.comparison import Forms, groups
from tinytorch.grading.similarity.pages import similarity_page, similarity_table
from tinytorch.grading.submission.files import SubmissionFile
from tinytorch.grading.submission.reading import read_content

KEY, LIBRARY = "the answer key", "the library"


def write_similarity(
    lesson: Lesson,
    pool: Executor,
    found: Sequence[SubmissionFile],
    results: Path,
    answer_key: Path | None,
) -> None:
    """Write similarity.html and similarity.csv.

    Args:
        lesson: whose exercises are compared.
        pool: where the submissions are read; it is shut down.
        found: the submissions.
        results: the folder to write to.
        answer_key: answers in a file that are compared too.

    Raises:
        OSError: if a file cannot be read or written.
        UnreadableSubmissionError: if the answer key is no notebook or script.
    """
    handed_out, known = known_answers(lesson, answer_key)
    students: dict[str, Forms] = {}
    readable = [each for each in found if not each.problem]
    with closing(done_tasks(pool, read_forms, readable)) as tasks:
        for each, task in tasks:
            with suppress(WorkerDiedError, SandboxBrokenError):
                if files := task.result():
                    students[each.student] = _written_by(files, handed_out)
    left_out = [each.student for each in found if each.student not in students]
    alike = groups(dict(sorted(students.items())), known, handed_out)
    write(results / "similarity.html", similarity_page(lesson, alike, left_out))
    write(results / "similarity.csv", similarity_table(alike))


def known_answers(lesson: Lesson, answer_key: Path | None) -> tuple[Forms, dict[str, Forms]]:
    """What students are compared with, besides each other.

    Args:
        lesson: whose exercises are compared.
        answer_key: answers in a file, if there are any.

    Returns:
        What the lesson hands out, and what students may have got from elsewhere, by its name.
    """
    names = lesson.defined_names
    with Sandbox() as sandbox:
        notebook = (lesson.folder / f"{lesson.name}.py").read_bytes()
        known: dict[str, Forms] = {LIBRARY: sandbox.forms(_library(lesson).encode(), ".py", names)}
        if answer_key is not None:
            key = read_content(answer_key)
            known[KEY] = sandbox.forms(key, answer_key.suffix, names)
        return sandbox.forms(notebook, ".py", names), known


def _written_by(files: Sequence[Forms], handed_out: Forms) -> Forms:
    """Each definition from the first of a student's files in which it is not as it was."""
    chosen: dict[str, Form] = {}
    for forms in files:
        for name, form in forms.items():
            blank = name in handed_out and handed_out[name].tokens == form.tokens
            if name not in chosen and not blank:
                chosen[name] = form
    return chosen


def _library(lesson: Lesson) -> str:
    """The source of the reference's functions and classes."""
    sources = []
    for value in lesson.reference().values():
        with suppress(OSError, TypeError):  # a number, or a function without a file
            sources.append(textwrap.dedent(inspect.getsource(value)))
    return "\n\n".join(sources)
