"""A submission on the bench: its file is read here, and run in a sandbox."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tinytorch.grading.plugin import Answer
from tinytorch.grading.sandbox.inside.executor import Workshop
from tinytorch.grading.sandbox.sandbox import Sandbox
from tinytorch.grading.sandbox.session import Session
from tinytorch.grading.submission.definitions import definitions
from tinytorch.grading.submission.reading import read_cells
from tinytorch.lessons.quantization.exercises import EXERCISES
from tinytorch.lessons.quantization.reference import asked

NAMES = [name for exercise in EXERCISES for name in exercise.defines]


class Sandboxed:
    """The definitions of a notebook or script, in processes that this one does not trust.

    Each exercise, with each choice of stand-ins, has a process of its own, which knows nothing of
    the others, and is started again after a crash. Once all of them together have taken too long,
    whatever is asked later fails at once.

    Args:
        path: the notebook or script.
        sandbox: where its code runs.

    Raises:
        CannotRead: if the file is no notebook and no script.
    """

    def __init__(self, path: Path | str, sandbox: Sandbox) -> None:
        self.code = definitions(read_cells(path), NAMES)
        self.sandbox = sandbox
        self._session: Session | None = None
        self._key: tuple[str, ...] = ()
        self._spent: defaultdict[tuple[str, ...], float] = defaultdict(float)
        # The last answer to an exercise that has had its time; under () that to all of them.
        self._given_up: dict[tuple[str, ...], dict[str, Any]] = {}

    @contextmanager
    def open(self, exercise: str, names: list[str]) -> Iterator[Answer]:
        """Keep the process of the last test if it fits, or else start another one."""
        key = (exercise, *names)
        failure = self._given_up.get(key) or self._given_up.get(())
        if failure is not None:
            yield lambda request: dict(failure)
            return
        if self._session is None or self._session.failure or self._key != key:
            self.close()
            answer = _encoded(asked(names)) if names else None
            self._key, self._session = (
                key,
                self.sandbox.session(self.code.statements, names, answer),
            )
            if self._session.failure:  # the statements are the same for all keys
                self._given_up[()] = self._session.failure
        session = self._session
        yield lambda request: self._explained(session.answer(request), session.errors)
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


def _encoded(ask: Callable[..., Any]) -> Callable[..., Any]:
    """The same from encoded values to an encoded value, see `workshop`."""

    def answer(name: str, *values: Any) -> Any:
        desk = Workshop({})
        return desk.encode(ask(name, *[desk.decode(value) for value in values]))

    return answer
