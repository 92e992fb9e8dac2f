"""`pytest --mutant NAME` runs the tests with a known mistake in the library."""

import os

from hypothesis import Phase, settings

SLOW = ("test_browser.py", "test_hostile.py", "test_submissions.py", "test_mutants.py")
SLOW += ("tests/lessons/", "tests/redteam/", "tests/grading/")

# The same examples in every run.
settings.register_profile("seeded", derandomize=True)
settings.register_profile("mutant", derandomize=True, phases=[Phase.explicit, Phase.generate])
settings.load_profile("seeded")


def pytest_addoption(parser):
    parser.addoption("--mutant", help="put this mistake from tests/mutants into the library")


def pytest_configure(config):
    if getattr(config.option, "numprocesses", None):  # of pytest-xdist: one for every processor
        # NumPy's threads would wait for each other in loops, on processors that work on tests.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if hasattr(config.option, "loadscopereorder"):  # of pytest-xdist, which would put these last
        config.option.loadscopereorder = False
    if config.getoption("--mutant"):
        from mutants import MUTANTS

        settings.load_profile("mutant")  # a mistake that is found need not be made small
        MUTANTS[config.getoption("--mutant")].apply()


def pytest_collection_modifyitems(items):
    """Begin with the files that take longest, so that no process ends with one of them alone."""

    def position(item):
        path = item.path.as_posix()
        return next((n for n, each in enumerate(SLOW) if each in path), len(SLOW))

    items.sort(key=position)


def pytest_report_header():
    from lessons.in_jupyter.lab import left_out

    return "no Chromium here: the browser tests are left out" if left_out() else None
