"""The grading of one submission: every test is run, and an earlier mistake costs points only once.

An exercise that fails is graded once more with right definitions of the wrong exercises before it
("error carried forward"), see `Lesson.carry_forward_plan`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from tinytorch.grading.backends import Backend
from tinytorch.grading.checks import NotAttemptedError
from tinytorch.grading.client import SubmissionClient
from tinytorch.grading.lesson import Lesson
from tinytorch.grading.reports.report import Report, Result

MAX_SENTENCE = 1000  # characters
MAX_SEED = 1 << 31  # seeds that are drawn are below


class GradedTest(NamedTuple):
    """A test of a grading suite.

    Attributes:
        name: of its function; decides, with the seed, what inputs it makes up.
        title: a sentence for the report.
        exercise: the name of the exercise that it grades.
        points: what it is worth.
        run: called as run(submission=client); raises what the submission lost its points for.
        follows: names of earlier tests: what one of them finds makes this one fail too.
        is_hidden: whether students do not have it.
    """

    name: str
    title: str
    exercise: str
    points: int
    run: Callable[..., Any]
    follows: tuple[str, ...] = ()
    is_hidden: bool = False


class GradingSession:
    """The grading of one submission.

    Args:
        lesson: that it belongs to.
        backend: where its definitions run.
        seed: decides what inputs the tests make up.

    Attributes:
        results: what the tests found so far.
    """

    def __init__(self, lesson: Lesson, backend: Backend, seed: int) -> None:
        self.lesson, self.backend, self.seed = lesson, backend, seed
        self.results: list[Result] = []
        self._failed: dict[str, Result] = {}  # test -> its result
        self._last: dict[str, list[str]] = {}  # exercise -> what its last test was decided with

    def report(self, exercise: str | None = None) -> Report:
        """The results so far, of one exercise or of all."""
        chosen = [each for each in self.results if exercise in (None, each.exercise)]
        return Report(self.lesson, chosen)

    def grade(self, test: GradedTest) -> Exception | None:
        """Run a test and keep its result.

        Returns:
            What the points were lost for, or None.
        """
        wrong = self._wrong_before(test.exercise)
        plan = self.lesson.carry_forward_plan(test.exercise, wrong)
        decisive = plan[-1] if plan else []
        # Right definitions come first where something is wrong: an endless loop costs its time
        # once. Before all comes what the last test of the exercise ended with: its process is
        # still there.
        tries = [*plan, []] if wrong else [[], *plan]
        error, reported = None, None
        for replaced in sorted(tries, key=lambda names: names != self._last.get(test.exercise)):
            self._last[test.exercise] = replaced
            error = self._failure(test, replaced)
            if replaced == decisive:
                reported = error  # not of the mistakes that were replaced
            if error is None or (replaced == decisive and isinstance(error, NotAttemptedError)):
                break
        error = error and reported
        result = Result(
            exercise=test.exercise,
            title=test.title,
            points=test.points,
            reason=None if error is None else _sentence(error),
            carried=bool(replaced),
            not_attempted=isinstance(error, NotAttemptedError),
            trace=tuple(map(_printable, getattr(error, "trace", ()))),
            is_hidden=test.is_hidden,
        )
        if error is not None:
            result = result._replace(follows=self._followed(test, result))
            self._failed[test.name] = result
        self.results.append(result)
        return error

    def _followed(self, test: GradedTest, result: Result) -> str:
        """The title of the earlier test of the exercise that a failure follows from, or ""."""
        for name, earlier in self._failed.items():
            if earlier.exercise == test.exercise:
                is_same = result.reason == earlier.reason
                raised_the_same = bool(result.trace) and result.trace == earlier.trace
                if name in test.follows or is_same or raised_the_same:
                    return earlier.follows or earlier.title
        return ""

    @contextmanager
    def submission(self, test: str, exercise: str, replaced: list[str]) -> Iterator[Any]:
        """The submission as one test sees it; the same test gets the same inputs again."""
        rng = np.random.default_rng([self.seed, zlib.crc32(test.encode())])
        client: type[SubmissionClient] = self.lesson.client
        with self.backend.open(exercise, replaced) as answer:
            yield client(answer, rng)

    def _failure(self, test: GradedTest, replaced: list[str]) -> Exception | None:
        """What a test raises, or what keeps it from being run: both cost its points."""
        try:
            with self.submission(test.name, test.exercise, replaced) as submission:
                test.run(submission=submission)
        except Exception as error:
            return error
        return None

    def _wrong_before(self, exercise: str) -> set[str]:
        """The earlier exercises that lost points, or of which nothing is known."""
        right = {result.exercise for result in self.results}
        right -= {result.exercise for result in self.results if result.reason is not None}
        names = self.lesson.exercise_names
        return set(names[: names.index(exercise)]) - right


def _sentence(error: Exception) -> str:
    """What an assertion says, without what pytest adds about its operands.

    Parts of it may come from the submission: it is cut, and nothing in it moves a terminal's
    cursor or turns text around.
    """
    text = str(error).split("\nassert ")[0].strip()
    text = text if isinstance(error, AssertionError) else f"{type(error).__name__}: {text}"
    text = _printable(text.replace("\n", " "))
    return text if len(text) <= MAX_SENTENCE else f"{text[:MAX_SENTENCE]} ..."


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() or each == "\n" else " " for each in text)
