"""The progress bar: when it is shown, and that it never gets in the way of the items."""

import io
import sys

import pytest

from tinytorch.core import progress
from tinytorch.core.progress import track


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(progress, "DELAY", 0)
    monkeypatch.setenv("TQDM_MININTERVAL", "0")


@pytest.fixture
def open_terminal(monkeypatch):
    """A function, because pytest sets its own standard error again after a fixture's setup."""

    def replace_standard_error():
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys, "stderr", Terminal())
        return sys.stderr

    return replace_standard_error


@pytest.fixture
def without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("setting", [False, None])
def test_nothing_is_written_to_what_is_no_terminal(setting, capsys):
    assert list(track(range(3), "calibrating", setting)) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("at_once")
def test_nothing_is_written_to_a_terminal_if_progress_is_false(open_terminal):
    terminal = open_terminal()
    assert list(track(range(3), "calibrating", progress=False)) == [0, 1, 2]
    assert terminal.getvalue() == ""


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("items", "shown"),
    [(range(3), "3/3"), ((n for n in range(3)), "3it")],
    ids=["sized", "generator"],
)
def test_a_slow_loop_shows_a_bar_on_standard_error(items, shown, capsys):
    assert list(track(items, "calibrating", progress=True)) == [0, 1, 2]
    written, errors = capsys.readouterr()
    assert written == ""
    assert "calibrating" in errors
    assert shown in errors


@pytest.mark.usefixtures("at_once")
def test_a_slow_loop_shows_a_bar_on_a_terminal_unasked(open_terminal):
    terminal = open_terminal()
    assert list(track(range(3), "calibrating")) == [0, 1, 2]
    assert "calibrating" in terminal.getvalue()
    assert "3/3" in terminal.getvalue()


def test_a_fast_loop_shows_no_bar(monkeypatch, capsys):
    monkeypatch.setattr(progress, "DELAY", 60.0)
    assert list(track(range(3), "calibrating", progress=True)) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")


def test_a_bar_waits_about_a_second():
    assert 0.5 <= progress.DELAY <= 2


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("setting", [False, True])
def test_items_pass_unchanged_and_are_asked_for_one_at_a_time(setting, open_terminal):
    open_terminal()
    asked, items = [], [object(), object(), object()]

    def source():
        for item in items:
            asked.append(item)
            yield item

    tracked = track(source(), "calibrating", setting)
    assert asked == []
    for count, item in enumerate(tracked, start=1):
        assert item is items[count - 1]
        assert len(asked) == count
    assert len(asked) == 3


@pytest.mark.usefixtures("at_once")
def test_an_exception_in_the_loop_passes_and_ends_the_bar(open_terminal):
    terminal = open_terminal()
    with pytest.raises(ZeroDivisionError):
        [1 / item for item in track([1, 1, 0, 1], "calibrating", progress=True)]
    assert "2/4" in terminal.getvalue()
    assert terminal.getvalue().endswith("\n")
    assert sys.stderr is terminal


@pytest.mark.usefixtures("at_once")
def test_an_exception_in_the_items_passes_and_ends_the_bar(open_terminal):
    terminal = open_terminal()
    with pytest.raises(ZeroDivisionError):
        list(track((1 / n for n in (2, 1, 0)), "calibrating", progress=True))
    assert terminal.getvalue().endswith("\n")


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("taken", [0, 1, 2])
def test_closing_early_ends_the_bar(taken, open_terminal):
    terminal = open_terminal()
    tracked = track([1, 2, 3], "calibrating", progress=True)
    for _ in range(taken):
        next(tracked)
    tracked.close()
    assert list(tracked) == []
    assert terminal.getvalue().endswith("\n") == (taken > 0)
    assert sys.stderr is terminal


@pytest.mark.usefixtures("without_tqdm")
def test_a_bar_without_tqdm_names_the_extra_to_install():
    with pytest.raises(ImportError, match=r"pip install '.\[learn\]'"):
        list(track([1, 2], "calibrating", progress=True))


@pytest.mark.usefixtures("at_once", "without_tqdm")
def test_a_terminal_without_tqdm_gets_no_bar_and_no_error(open_terminal):
    terminal = open_terminal()
    assert list(track([1, 2], "calibrating")) == [1, 2]
    assert terminal.getvalue() == ""
