"""Where a submission's definitions run: what that offers, and a sandbox as such a place."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from tinytorch.grading.client import EXPLAINED, Answer
from tinytorch.grading.lesson import Lesson
from tinytorch.grading.sandbox.inside.submission.names import ANYTHING
from tinytorch.grading.sandbox.sandbox import Sandbox, SandboxBrokenError
from tinytorch.grading.sandbox.session import Replacements, Session, TimeLimit
from tinytorch.grading.submission.reading import read_content


class Backend(Protocol):
    """Where a submission's definitions run."""

    def open(self, exercise: str, replaced: list[str]) -> AbstractContextManager[Answer]:
        """Give what answers the requests of a test of an exercise, with proxies for some names."""

    def close(self) -> None:
        """End what was started."""


class SandboxBackend:
    """The definitions of a notebook or script, in processes that this one does not trust.

    Each exercise, with each choice of replacements, has a process of its own, which knows nothing
    of the others, and is started again after a crash. An exercise has its time once, whatever is
    asked of it, and so has the submission: whatever is asked later fails at once.

    Args:
        lesson: whose exercises the file holds.
        path: the notebook or script.
        sandbox: where its code runs.

    Attributes:
        broken: why the sandbox itself failed, or None; what was answered since is worth nothing.

    Raises:
        UnreadableSubmissionError: if the file is not a notebook and not a script.
        SandboxBrokenError: if the sandbox itself fails.
    """

    def __init__(self, lesson: Lesson, path: Path | str, sandbox: Sandbox) -> None:
        self.lesson, self.sandbox = lesson, sandbox
        path = Path(path)
        content = read_content(path)
        self.code, seconds = sandbox.definitions(content, path.suffix, lesson.defined_names)
        self.broken: str | None = None
        self._session: Session | None = None
        self._key: tuple[str, ...] = ()
        self._left: defaultdict[str, float] = defaultdict(lambda: sandbox.seconds)
        self._total_left = sandbox.total_seconds - seconds
        # The last answer to an exercise that has had its time; under "" that to all of them.
        self._given_up: dict[str, dict[str, Any]] = {}

    @contextmanager
    def open(self, exercise: str, replaced: list[str]) -> Iterator[Answer]:
        """Keep the process of the last test if it fits, or else start another one."""
        failure = self._given_up.get(exercise) or self._given_up.get("")
        if failure is not None:
            yield lambda request: dict(failure)
            return
        key = (exercise, *replaced)
        if self._session is None or self._key != key:
            self.close()
            self._key = key
            try:
                self._session = self._started(exercise, replaced)
            except SandboxBrokenError as error:
                self.broken = str(error)
                self._given_up[""] = {"error": "Crashed", "message": self.broken, "trace": []}
        session = self._session
        if session is None:
            yield lambda request: dict(self._given_up[""])
            return
        try:
            yield lambda request: self._explained(
                request, session.answer(request), session.opened or []
            )
        finally:  # after a test that failed too: the limit is that of the exercise
            session.clear()
            if session.failure:
                self.close()

    def close(self) -> None:
        """End the process, and count what it took."""
        session, self._session = self._session, None
        if session is None:
            return
        exercise = self._key[0]
        had_all_time = self._left[exercise] == self.sandbox.seconds
        self._left[exercise] -= session.spent
        self._total_left -= session.spent_in_all
        failure = session.failure
        session.close()
        self.broken = self.broken or session.broken
        if failure is None:
            return
        # The statements are the same for all exercises.
        in_all = (
            session.broken or self._total_left <= 0 or (session.opened is None and had_all_time)
        )
        if in_all or self._left[exercise] <= 0:
            self._given_up["" if in_all else exercise] = failure

    def _started(self, exercise: str, replaced: list[str]) -> Session:
        seconds, in_all = self._left[exercise], self._total_left
        limit = self.sandbox.limit(seconds)
        if in_all < seconds:
            sentence = f"all exercises together took longer than {self.sandbox.total_seconds:g} s"
            limit = TimeLimit(in_all, sentence)
        replacements = None
        if replaced:
            source, service = self.lesson.proxies_source(), self.lesson.service(replaced)
            replacements = Replacements(source, replaced, service)
        return self.sandbox.session(self.code.statements, replacements, limit)

    def _explained(
        self, request: dict[str, Any], reply: dict[str, Any], errors: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """An error about a name that is missing says why it is, if that is known."""
        kind, message = reply.get("error"), str(reply.get("message"))
        if kind == "UndefinedError":
            if message in self.code.problems:
                return {"error": "SyntaxError", "message": self.code.problems[message], "trace": []}
            if failed := self._failed(message, errors) or self._failed(ANYTHING, errors):
                return failed
        if kind in ("UndefinedError", "NotImplementedError"):
            hint = self.code.hints.get(str(request.get("target", request.get("name"))))
            return {"error": EXPLAINED, "message": hint, "trace": []} if hint else reply
        if kind == "NameError":
            return {**reply, "message": message + self._cause(message, errors)}
        return reply

    def _cause(self, message: str, errors: list[dict[str, Any]]) -> str:
        """Why a name is not defined that a NameError names."""
        missing = re.match(r"name '(\w+)' is not defined", message)
        if missing and (failed := self._failed(missing[1], errors)):
            cell, line, _, source = failed["trace"][0]
            what = f"{failed['error']}: {failed['message']}"
            return f", as `{source}` in {cell}, line {line} raised {what}"
        if missing and missing[1] in self.code.problems:
            return f": {self.code.problems[missing[1]]}"
        return ""

    def _failed(self, name: str, errors: list[dict[str, Any]]) -> dict[str, Any] | None:
        """The error of the statement that should have bound a name."""
        cell, first, source = self.code.binders.get(name, ("", 0, ""))
        lines = source.split("\n")
        for error in errors:
            number = error["line"] - first
            if error["cell"] == cell and 0 <= number < len(lines):
                trace = [[cell, error["line"], "<module>", lines[number].strip()]]
                message = error["message"]
                if error["type"] == "NameError" and f"'{name}'" not in message:
                    others = [each for each in errors if each is not error]
                    message += self._cause(message, others)
                if "'tinytorch." in message and error["type"] == "ModuleNotFoundError":
                    message += "; the library's own solution is not there when submissions run"
                return {"error": error["type"], "message": message, "trace": trace}
        return None
