"""The pytest plugin: the `submission` fixture, points per test, and a table of points at the end.

A test of a grading suite takes the `submission` fixture alone, and says what it is worth:

    @pytest.mark.exercise(name="quantize_int8", points=3)
    def test_the_codes_are_rounded_to_the_nearest(submission): ...

`pytest modules/15_quantization` grades the library itself. A test that fails is tried again
with right definitions of the earlier exercises, see `tinytorch.grading.reference`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from tinytorch.grading.exercises import EXERCISES, exercise_named
from tinytorch.grading.reference import reference_namespace, replacements
from tinytorch.grading.report import Report, Result
from tinytorch.grading.suite import NotAttempted, Submission
from tinytorch.grading.workshop import Workshop


class Desk:
    """Where one submission is graded: its workshop, the seed, and the results so far.

    Args:
        workshop: runs the student's definitions.
        seed: decides what inputs the tests make up.
    """

    def __init__(self, workshop: Workshop, seed: int) -> None:
        self.workshop = workshop
        self.seed = seed
        self.results: list[Result] = []

    @contextmanager
    def submission(
        self, test_name: str, names: dict[str, Any] | None = None
    ) -> Iterator[Submission]:
        """The submission as one test sees it; the same test gets the same inputs again.

        Args:
            test_name: the name of the test.
            names: definitions that take the place of the submission's.
        """
        rng = np.random.default_rng([self.seed, zlib.crc32(test_name.encode())])
        try:
            with self.workshop.replaced(names or {}):
                yield Submission(self.workshop.answer, rng)
        finally:
            self.workshop.clear()

    def wrong_before(self, exercise: str) -> set[str]:
        """The earlier exercises that lost points, or of which nothing is known."""
        right = {result.exercise for result in self.results}
        right -= {result.exercise for result in self.results if result.reason is not None}
        names = [each.name for each in EXERCISES]
        return set(names[: names.index(exercise)]) - right


DESK = pytest.StashKey[Desk]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --seed."""
    group = parser.getgroup("tinytorch")
    group.addoption(
        "--seed", type=int, default=0, help="what the inputs of graded tests are made from"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and the library the submission unless there is another one."""
    config.addinivalue_line("markers", "exercise(name, points): what a graded test is worth")
    if DESK not in config.stash:
        workshop = Workshop(reference_namespace())
        config.stash[DESK] = Desk(workshop, config.getoption("--seed"))


@pytest.fixture
def submission(request: pytest.FixtureRequest) -> Iterator[Submission]:
    """What is graded: the library, or a student's definitions."""
    with request.config.stash[DESK].submission(request.node.name) as made:
        yield made


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a graded test; if it fails, again with the earlier exercises put right."""
    marker = pyfuncitem.get_closest_marker("exercise")
    if marker is None:
        return None
    name, points = marker.kwargs["name"], marker.kwargs["points"]
    exercise_named(name)
    desk = pyfuncitem.config.stash[DESK]
    carried = False
    error = _failure(pyfuncitem, pyfuncitem.funcargs["submission"])
    if error is not None:
        for names in replacements(name, desk.wrong_before(name), desk.workshop.namespace):
            if names and error is not None:
                carried = True
                with desk.submission(pyfuncitem.name, names) as again:
                    error = _failure(pyfuncitem, again)
    title = pyfuncitem.obj.__doc__ or pyfuncitem.name.removeprefix("test_").replace("_", " ")
    reason = None if error is None else _sentence(error)
    desk.results.append(
        Result(name, title, points, reason, carried, isinstance(error, NotAttempted))
    )
    if error is not None:
        raise error
    return True


def _failure(test: pytest.Function, submission: Any) -> Exception | None:
    try:
        test.obj(submission=submission)
    except Exception as error:
        return error
    return None


def _sentence(error: Exception) -> str:
    """What an assertion says, without what pytest adds about its operands."""
    text = str(error).split("\nassert ")[0].strip()
    return text if isinstance(error, AssertionError) else f"{type(error).__name__}: {text}"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the points of every exercise, if any was graded."""
    desk = terminalreporter.config.stash[DESK]
    if desk.results:
        terminalreporter.section(f"points (seed {desk.seed})")
        terminalreporter.write_line(str(Report(desk.results)))
