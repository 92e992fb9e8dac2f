"""The pytest plugin: the `submission` fixture, points per test, and a table of points at the end.

A suite names its lesson, and each of its graded tests says what it is worth. Such a test takes the
`submission` fixture alone:

    LESSON = tinytorch.lessons.quantization.LESSON

    @pytest.mark.exercise(name="quantize_int8", points=3)
    def test_the_codes_are_rounded_to_the_nearest(submission): ...

With follows=("test_...",), its failure is put down to that of an earlier test, should that fail.
`pytest modules/15_quantization` grades the library itself, `--submission FILE` a student, and
`--course FOLDER` does it with a course's own points and tests.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tinytorch.grading.grading_session import MAX_SEED, GradedTest, GradingSession
from tinytorch.grading.lesson import Lesson

if TYPE_CHECKING:
    from tinytorch.grading.backends import Backend
    from tinytorch.grading.sandbox.sandbox import Sandbox

MARKER = "exercise"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --submission, --seed and --course."""
    group = parser.getgroup("tinytorch")
    group.addoption("--submission", metavar="FILE", help="grade this notebook or script")
    group.addoption(
        "--seed", type=int, help="what the inputs of graded tests are made from (drawn)"
    )
    group.addoption("--course", metavar="FOLDER", help="a course's own points and tests")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and grade what the options name unless a session was given."""
    if config.getoption("--submission") and config.getoption("numprocesses", None):
        raise pytest.UsageError(
            "--submission: its tests run one after the other, as later ones go by what earlier "
            "ones found; leave out --numprocesses (-n)"
        )
    config.addinivalue_line(
        "markers", f"{MARKER}(name, points, follows): what a graded test is worth"
    )
    if not any(isinstance(each, GradingPlugin) for each in config.pluginmanager.get_plugins()):
        config.pluginmanager.register(GradingPlugin())


@pytest.fixture
def submission(request: pytest.FixtureRequest) -> None:
    """What is graded: the library, or a student's definitions. Graded tests get it when run."""
    if request.node.get_closest_marker(MARKER) is None:
        raise pytest.UsageError(f"a test with a submission needs the marker `{MARKER}`")


class GradingPlugin:
    """Runs the graded tests of one suite.

    Args:
        session: grades them; by default one is made for the lesson that the suite names.
    """

    def __init__(self, session: GradingSession | None = None) -> None:
        self.session = session
        self.sandbox: Sandbox | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        """Keep pytest from describing failures at length: the report has a sentence for each."""
        if self.session is not None:
            config.option.tbstyle = "native"

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Start to grade, if there are graded tests."""
        modules = {
            item.module for item in session.items
            if isinstance(item, pytest.Function) and item.get_closest_marker(MARKER)
        }  # fmt: skip
        lessons = {getattr(module, "LESSON", None) for module in modules}
        path = session.config.getoption("--submission")
        if self.session is not None or not modules:
            if path is not None and not modules:
                raise pytest.UsageError("--submission: there are no graded tests here")
            return
        if len(lessons) != 1 or not isinstance(lesson := lessons.pop(), Lesson):
            raise pytest.UsageError("graded tests need one module with a Lesson named LESSON")
        if (course := session.config.getoption("--course")) is not None:
            lesson = replace(lesson, course_folder=session.config.invocation_params.dir / course)
        try:
            _ = lesson.course
        except ValueError as error:
            raise pytest.UsageError(str(error)) from error
        seed = session.config.getoption("--seed")
        seed = secrets.randbelow(MAX_SEED) if seed is None else seed
        self.session = GradingSession(lesson, self._backend(lesson, session.config), seed)

    def _backend(self, lesson: Lesson, config: pytest.Config) -> Backend:
        from tinytorch.grading.backends import SandboxBackend
        from tinytorch.grading.in_process import InProcessBackend
        from tinytorch.grading.sandbox.inside.submission.cells import UnreadableSubmissionError
        from tinytorch.grading.sandbox.sandbox import Sandbox, SandboxBrokenError

        path = config.getoption("--submission")
        if path is None:
            return InProcessBackend(lesson, lesson.reference())
        self.sandbox = sandbox = Sandbox()
        config.add_cleanup(sandbox.stop)
        try:
            backend = SandboxBackend(lesson, path, sandbox)
        except (UnreadableSubmissionError, SandboxBrokenError) as error:
            raise pytest.UsageError(f"--submission {path}: {error}") from error
        config.add_cleanup(backend.close)
        return backend

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Bring the tests of one exercise together: later exercises go by what they find."""
        graded = [number for number, each in enumerate(items) if each.get_closest_marker(MARKER)]
        lesson = (
            getattr(getattr(items[graded[0]], "module", None), "LESSON", None) if graded else None
        )
        if not isinstance(lesson, Lesson):
            return
        order = {name: number for number, name in enumerate(lesson.exercise_names)}

        def place(item: pytest.Item) -> int:
            marker = item.get_closest_marker(MARKER)
            assert marker is not None
            return order.get(marker.kwargs["name"], len(order))

        in_order = sorted((items[number] for number in graded), key=place)
        for number, item in zip(graded, in_order, strict=True):
            items[number] = item

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Grade a test."""
        marker = pyfuncitem.get_closest_marker(MARKER)
        if marker is None:
            return None
        assert self.session is not None
        function = pyfuncitem.obj
        title = function.__doc__ or pyfuncitem.name.removeprefix("test_").replace("_", " ")
        exercise = self.session.lesson.exercise(marker.kwargs["name"]).name
        follows = tuple(marker.kwargs.get("follows", ()))
        course, name = self.session.lesson.course, pyfuncitem.name
        points = course.points.get(name, marker.kwargs["points"])
        is_hidden = pyfuncitem.path.resolve() in course.hidden_tests
        error = self.session.grade(
            GradedTest(name, title, exercise, points, function, follows, is_hidden)
        )
        if error is not None:
            raise error
        return True

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Let no run end like one that has graded, should the sandbox have failed."""
        if self.sandbox and self._broken():
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the points of every exercise, if any was graded."""
        if self.session is None or not self.session.results:
            return
        if broken := self._broken():
            terminalreporter.section("no points")
            terminalreporter.write_line(f"could not grade: the sandbox failed ({broken})")
            return
        terminalreporter.section(f"points (seed {self.session.seed})")
        terminalreporter.write_line(str(self.session.report()))
        for what in self.sandbox.not_enforced if self.sandbox else ():
            terminalreporter.write_line(f"not enforced on this system: {what}")

    def _broken(self) -> str | None:
        """Why the sandbox failed, if it did."""
        return getattr(self.session and self.session.backend, "broken", None)
