"""What the tests of a grading suite see: a submission whose every value is checked on arrival.

The tests never touch a student's objects. They send arrays and numbers, and get arrays and numbers
back. A lesson's own client adds what its exercises are called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinytorch.grading.checks import (
    Array,
    CheckError,
    NotAttemptedError,
    SubmissionRaisedError,
    as_array,
    as_number,
    described,
)
from tinytorch.grading.sandbox.inside.protocol import RemoteReference

Answer = Callable[[dict[str, Any]], dict[str, Any]]
EXPLAINED = "Explained"  # stands for an error's name, where the message says it all


class SubmissionClient:
    """A student's definitions, which run somewhere else.

    Args:
        answer: takes requests to the executor where the definitions are.
        rng: source of the inputs that the tests make up.
    """

    def __init__(self, answer: Answer, rng: np.random.Generator) -> None:
        self._answer = answer
        self.rng = rng

    def ask(self, what: str, **request: Any) -> Any:
        """Send a request and return the value, or raise what went wrong.

        Raises:
            NotAttemptedError: if a stub was called, or the name is not defined.
            SubmissionRaisedError: if the submission raised anything else.
        """
        reply = self._answer(request)
        if "error" not in reply:
            return reply["value"]
        kind, message = reply["error"], str(reply["message"])
        if kind == "NotImplementedError":
            raise NotAttemptedError(f"{what} is not written yet, or its cell was not run since")
        if kind == "UndefinedError":
            raise NotAttemptedError(f"{message!r} is not defined: run its cell")
        if kind == EXPLAINED:
            raise CheckError(message)
        raise SubmissionRaisedError(what, kind, message, reply["trace"])

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a function of the submission; returns its result."""
        return self.ask(f"{name}(...)", do="call", target=name, arguments=list(arguments))

    def error_of(self, action: Callable[[], Any]) -> str | None:
        """The name of the exception that an action raises, or None; stubs do not count."""
        try:
            action()
        except SubmissionRaisedError as error:
            return error.kind
        return None

    def make(self, value: Any) -> RemoteReference:
        """Make an input that stays with the submission, to see later what became of it."""
        made: RemoteReference = self.ask("making an input", do="make", value=value)
        return made

    def number(self, name: str) -> float:
        """A number that the submission gives a name to."""
        value = self.ask(name, do="look_up", name=name)
        if value is None or (isinstance(value, RemoteReference) and value.type_name == "ellipsis"):
            raise NotAttemptedError(f"{name} is not answered yet")
        return as_number(value, f"{name} is")


class RemoteObject:
    """An object that stays where the submission runs.

    Args:
        submission: whose object it is.
        value: what came where an object was expected.

    Raises:
        CheckError: if something else than a reference to an object came.
    """

    def __init__(self, submission: SubmissionClient, value: Any) -> None:
        if not isinstance(value, RemoteReference):
            raise CheckError(f"{described(value)} came where a layer or a model was expected")
        self._submission = submission
        self.reference = value
        self.type = value.type_name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RemoteObject) and self.reference == other.reference

    __hash__ = None  # type: ignore[assignment]

    def get(self, attribute: str) -> Any:
        """The value of an attribute."""
        what = f"{self.type}.{attribute}"
        return self._submission.ask(what, do="get", target=self.reference, attribute=attribute)

    def has(self, attribute: str) -> bool:
        """Whether there is an attribute or a method of that name."""
        return self._submission.error_of(lambda: self.get(attribute)) != "AttributeError"

    def set(self, attribute: str, value: Any) -> None:
        """Set an attribute."""
        what = f"setting {self.type}.{attribute}"
        self._submission.ask(
            what, do="set", target=self.reference, attribute=attribute, value=value
        )

    def override(self, method: str, value: Any) -> None:
        """Let a method of this object return a value, whatever it is given."""
        what = f"{self.type}.{method}"
        self._submission.ask(what, do="override", target=self.reference, method=method, value=value)

    def array(self, attribute: str, shape: tuple[int, ...]) -> Array:
        """An attribute that is a Tensor of a known shape."""
        return as_array(self.get(attribute), f"{self.type}.{attribute} is", shape)

    def number(self, attribute: str) -> float:
        """An attribute that is a number."""
        return as_number(self.get(attribute), f"{self.type}.{attribute} is")

    def values(self) -> Array:
        """The array inside a Tensor."""
        data = self.get("data")
        if not isinstance(data, np.ndarray):
            raise CheckError(f"the Tensor's data became {described(data)}; expected an array")
        return data

    def call(self, method: str, *arguments: Any) -> Any:
        """Call a method; returns its result."""
        return self._submission.ask(
            f"{self.type}.{method}(...)",
            do="call", target=self.reference, method=method, arguments=list(arguments),
        )  # fmt: skip
