"""The pytest plugin: the `submission` fixture, points per test, and a table of points at the end.

A test of a grading suite takes the `submission` fixture alone, and says what it is worth:

    @pytest.mark.exercise(name="quantize_int8", points=3)
    def test_the_codes_are_rounded_to_the_nearest(submission): ...

`pytest modules/15_quantization` grades the library itself. A test that fails is tried again
with right definitions of the earlier exercises, see `tinytorch.lessons.quantization.reference`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import numpy as np
import pytest

from tinytorch.grading.reports.report import Report, Result
from tinytorch.grading.sandbox.inside.executor import Workshop
from tinytorch.grading.values import NotAttempted
from tinytorch.lessons.quantization.client import Submission
from tinytorch.lessons.quantization.exercises import EXERCISES, exercise_named
from tinytorch.lessons.quantization.proxies import stand_ins
from tinytorch.lessons.quantization.reference import asked, reference_namespace, replacements

LONGEST_SENTENCE = 1000  # characters

Answer = Callable[[dict[str, Any]], dict[str, Any]]


class Bench(Protocol):
    """Where a submission's definitions are."""

    def open(self, exercise: str, names: list[str]) -> AbstractContextManager[Answer]:
        """Give what answers a test's requests, with stand-ins of these names in place."""


class InProcess:
    """Definitions that live in this process: a notebook's own, or trusted ones.

    Args:
        namespace: the definitions; the globals of the functions in it.
    """

    def __init__(self, namespace: MutableMapping[str, Any]) -> None:
        self.workshop = Workshop(namespace)

    @contextmanager
    def open(self, exercise: str, names: list[str]) -> Iterator[Answer]:
        """Put stand-ins in place, and the definitions back afterwards."""
        made = stand_ins(names, self.workshop.namespace, asked(names))
        try:
            with self.workshop.replaced(made):
                yield self.workshop.answer
        finally:
            self.workshop.clear()


class Desk:
    """Where one submission is graded: its bench, the seed, and the results so far.

    Args:
        bench: answers for the submission.
        seed: decides what inputs the tests make up.
    """

    def __init__(self, bench: Bench, seed: int) -> None:
        self.bench = bench
        self.seed = seed
        self.results: list[Result] = []
        self.last: dict[str, list[str]] = {}

    @contextmanager
    def submission(self, test: str, exercise: str, names: list[str]) -> Iterator[Submission]:
        """The submission as one test sees it; the same test gets the same inputs again.

        Args:
            test: the name of the test.
            exercise: the name of the exercise that it grades.
            names: of stand-ins for definitions of the submission, see `stand_ins`.
        """
        rng = np.random.default_rng([self.seed, zlib.crc32(test.encode())])
        with self.bench.open(exercise, names) as answer:
            yield Submission(answer, rng)

    def wrong_before(self, exercise: str) -> set[str]:
        """The earlier exercises that lost points, or of which nothing is known."""
        right = {result.exercise for result in self.results}
        right -= {result.exercise for result in self.results if result.reason is not None}
        names = [each.name for each in EXERCISES]
        return set(names[: names.index(exercise)]) - right


DESK = pytest.StashKey[Desk]()
MISSING = pytest.StashKey[list[str]]()  # what isolates a submission elsewhere, and not here


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --submission and --seed."""
    group = parser.getgroup("tinytorch")
    group.addoption("--submission", metavar="FILE", help="grade this notebook or script")
    group.addoption(
        "--seed", type=int, default=0, help="what the inputs of graded tests are made from"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and the library the submission unless there is another one."""
    config.addinivalue_line("markers", "exercise(name, points): what a graded test is worth")
    if DESK in config.stash:
        return
    bench: Bench = InProcess(reference_namespace())
    path = config.getoption("--submission")
    if path is not None:
        if config.getoption("numprocesses", None):
            raise pytest.UsageError(
                "--submission: its tests run one after the other, as later ones go by what earlier "
                "ones found; leave out --numprocesses (-n)"
            )
        bench = _sandboxed(path, config)
    config.stash[DESK] = Desk(bench, config.getoption("--seed"))


def _sandboxed(path: str, config: pytest.Config) -> Bench:
    from tinytorch.grading.backends import Sandboxed
    from tinytorch.grading.sandbox.sandbox import Sandbox
    from tinytorch.grading.submission.reading import CannotRead

    sandbox = Sandbox()
    try:
        bench = Sandboxed(path, sandbox)
    except CannotRead as error:
        raise pytest.UsageError(f"--submission {path}: {error}") from error
    sandbox.__enter__()
    config.add_cleanup(sandbox.stop)
    config.add_cleanup(bench.close)
    config.stash[MISSING] = sandbox.missing
    return bench


@pytest.fixture
def submission(request: pytest.FixtureRequest) -> None:
    """What is graded: the library, or a student's definitions. Graded tests get it when run."""
    if request.node.get_closest_marker("exercise") is None:
        raise pytest.UsageError("a test with a submission needs the marker `exercise`")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a graded test, where an earlier exercise is wrong with that put right."""
    marker = pyfuncitem.get_closest_marker("exercise")
    if marker is None:
        return None
    exercise, points = exercise_named(marker.kwargs["name"]).name, marker.kwargs["points"]
    desk = pyfuncitem.config.stash[DESK]
    wrong = desk.wrong_before(exercise)
    replaced = replacements(exercise, wrong)
    decisive = replaced[-1] if replaced else []
    # Right definitions come first where something is wrong: an endless loop costs its time once.
    tries = [*replaced, []] if wrong else [[], *replaced]
    error, reported = None, None
    # What the last test of the exercise ended with comes before all: its process is still there.
    for names in sorted(tries, key=lambda names: names != desk.last.get(exercise)):
        desk.last[exercise] = names
        error = _failure(pyfuncitem, desk, exercise, names)
        if names == decisive:
            reported = error  # not of the mistakes that were replaced
        if error is None or (names == decisive and isinstance(error, NotAttempted)):
            break
    error = error and reported
    title = pyfuncitem.obj.__doc__ or pyfuncitem.name.removeprefix("test_").replace("_", " ")
    reason = None if error is None else _sentence(error)
    not_attempted = isinstance(error, NotAttempted)
    trace = tuple(map(_printable, getattr(error, "trace", ())))
    desk.results.append(Result(exercise, title, points, reason, bool(names), not_attempted, trace))
    if error is not None:
        raise error
    return True


def _failure(
    test: pytest.Function, desk: Desk, exercise: str, names: list[str]
) -> Exception | None:
    """What a test raises, or what keeps it from being run: both cost its points."""
    try:
        with desk.submission(test.name, exercise, names) as submission:
            test.obj(submission=submission)
    except Exception as error:
        return error
    return None


def _sentence(error: Exception) -> str:
    """What an assertion says, without what pytest adds about its operands.

    Parts of it may come from the submission: it is cut, and nothing in it moves a terminal's
    cursor or turns text around.
    """
    text = str(error).split("\nassert ")[0].strip()
    text = text if isinstance(error, AssertionError) else f"{type(error).__name__}: {text}"
    text = _printable(text.replace("\n", " "))
    return text if len(text) <= LONGEST_SENTENCE else f"{text[:LONGEST_SENTENCE]} ..."


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() or each == "\n" else " " for each in text)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the points of every exercise, if any was graded."""
    desk = terminalreporter.config.stash[DESK]
    if desk.results:
        terminalreporter.section(f"points (seed {desk.seed})")
        terminalreporter.write_line(str(Report(desk.results)))
        for what in terminalreporter.config.stash.get(MISSING, []):
            terminalreporter.write_line(f"not enforced on this system: {what}")
