"""What the library says of a system, above all of a browser, which has no processes or threads."""

import pytest

from tinytorch.core import system
from tinytorch.core.system import optional, usable_processors


def importing():
    with optional("quux", "learn", "a figure"):
        import quux  # noqa: F401


def test_a_missing_package_is_named_with_the_extra_that_has_it():
    with pytest.raises(ImportError, match=r"^a figure needs quux: pip install '\.\[learn\]'"):
        importing()


def test_in_a_browser_no_installation_is_advised_that_does_not_work_there(monkeypatch):
    monkeypatch.setattr(system, "IN_BROWSER", True)
    with pytest.raises(ImportError, match=r"^a figure needs quux, which is not here in the"):
        importing()


def test_a_browser_has_one_processor_as_it_starts_no_threads(monkeypatch):
    monkeypatch.setattr(system.os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    assert usable_processors() == 3
    monkeypatch.setattr(system, "IN_BROWSER", True)
    assert usable_processors() == 1
