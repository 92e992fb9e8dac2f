"""Where a submission's definitions run: in this process, or in a sandbox."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from tinytorch.grading.client import Answer
from tinytorch.grading.lesson import Lesson
from tinytorch.grading.sandbox.inside.codec import pack, unpack
from tinytorch.grading.sandbox.inside.executor import Executor
from tinytorch.grading.sandbox.sandbox import Sandbox
from tinytorch.grading.sandbox.session import Replacements, Session
from tinytorch.grading.submission.definitions import definitions
from tinytorch.grading.submission.reading import read_cells


class Backend(Protocol):
    """Where a submission's definitions run."""

    def open(self, exercise: str, replaced: list[str]) -> AbstractContextManager[Answer]:
        """Give what answers the requests of a test of an exercise, with proxies for some names."""

    def close(self) -> None:
        """End what was started."""


class InProcessBackend:
    """Definitions that live in this process: a notebook's own, or trusted ones.

    Args:
        lesson: whose exercises they are.
        namespace: the definitions; the globals of the functions in it.
    """

    def __init__(self, lesson: Lesson, namespace: MutableMapping[str, Any]) -> None:
        self.lesson = lesson
        self.executor = Executor(namespace)

    @contextmanager
    def open(self, exercise: str, replaced: list[str]) -> Iterator[Answer]:
        """Put proxies in place, and the definitions back afterwards."""
        lesson, namespace = self.lesson, self.executor.namespace
        made = lesson.proxies(replaced, dict(namespace), lesson.service(replaced))
        try:
            with self.executor.replaced(made):
                # Through the same codec as from a sandbox: both give the same answers.
                yield lambda request: unpack(self.executor.answer(pack(request)))
        finally:
            self.executor.clear()

    def close(self) -> None:
        """There is nothing to end."""


class SandboxBackend:
    """The definitions of a notebook or script, in processes that this one does not trust.

    Each exercise, with each choice of replacements, has a process of its own, which knows nothing
    of the others, and is started again after a crash. Once all of them together have taken too
    long, whatever is asked later fails at once.

    Args:
        lesson: whose exercises the file holds.
        path: the notebook or script.
        sandbox: where its code runs.

    Raises:
        UnreadableSubmissionError: if the file is not a notebook and not a script.
    """

    def __init__(self, lesson: Lesson, path: Path | str, sandbox: Sandbox) -> None:
        self.lesson = lesson
        self.code = definitions(read_cells(path), lesson.defined_names)
        self.sandbox = sandbox
        self._session: Session | None = None
        self._key: tuple[str, ...] = ()
        self._spent: defaultdict[tuple[str, ...], float] = defaultdict(float)
        # The last answer to an exercise that has had its time; under () that to all of them.
        self._given_up: dict[tuple[str, ...], dict[str, Any]] = {}

    @contextmanager
    def open(self, exercise: str, replaced: list[str]) -> Iterator[Answer]:
        """Keep the process of the last test if it fits, or else start another one."""
        key = (exercise, *replaced)
        failure = self._given_up.get(key) or self._given_up.get(())
        if failure is not None:
            yield lambda request: dict(failure)
            return
        if self._session is None or self._session.failure or self._key != key:
            self.close()
            self._key = key
            self._session = self.sandbox.session(
                self.code.statements, self._replacements(replaced) if replaced else None
            )
            if self._session.failure:  # the statements are the same for all keys
                self._given_up[()] = self._session.failure
        session = self._session
        try:
            yield lambda request: self._explained(session.answer(request), session.errors)
        finally:  # after a test that failed too: the limit is that of the exercise
            session.clear()
            if session.failure:
                self._spent[key] += session.spent
                if self._spent[key] >= self.sandbox.seconds:
                    self._given_up[key] = session.failure

    def close(self) -> None:
        """End the process."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _replacements(self, names: list[str]) -> Replacements:
        return Replacements(self.lesson.proxies_source(), names, self.lesson.service(names))

    def _explained(self, reply: dict[str, Any], errors: list[dict[str, Any]]) -> dict[str, Any]:
        """A name that is missing because its statement failed is an error that says so."""
        name = str(reply.get("message")).strip("'")
        if reply.get("error") != "KeyError":
            return reply
        if name in self.code.problems:
            return {"error": "SyntaxError", "message": self.code.problems[name], "trace": []}
        cell, first, source = self.code.binders.get(name, ("", 0, ""))
        lines = source.split("\n")
        for error in errors:
            number = error["line"] - first
            if error["cell"] == cell and 0 <= number < len(lines):
                trace = [[cell, error["line"], "<module>", lines[number].strip()]]
                return {"error": error["type"], "message": error["message"], "trace": trace}
        return reply
