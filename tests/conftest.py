"""`pytest --mutant NAME` runs the tests with a known mistake in the library."""

import os

import pytest
from hypothesis import Phase, settings

# Parts of the paths of the files that take longest, the longest first.
SLOW = ("test_hostile.py", "in_jupyter/", "in_browser/test_browser.py", "test_submissions.py")
SLOW += ("test_mutants.py", "redteam/test_class.py", "figures/test_all_figures.py")
SLOW += ("test_interrupted.py", "test_accidents.py", "test_collection.py", "test_notebook.py")
SLOW += ("test_house_rules.py", "tests/lessons/", "tests/redteam/", "tests/grading/", "tests/cli/")

# Folders whose files share an environment that takes half a minute to build.
SHARING = ("tests/lessons/in_jupyter/",)

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


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_xdist_make_scheduler(config, log):
    """With `--dist loadfile`, files that share an expensive fixture go to one process too."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class LoadFilesThatShare(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return next((each for each in SHARING if nodeid.startswith(each)), None) or (
                super()._split_scope(nodeid)
            )

    return LoadFilesThatShare(config, log)


def pytest_collection_modifyitems(items):
    """Begin with the files that take longest, so that no process ends with one of them alone."""

    def position(item):
        path = item.path.as_posix()
        return next((n for n, each in enumerate(SLOW) if each in path), len(SLOW))

    items.sort(key=position)


def pytest_report_header():
    from lessons.in_jupyter.lab import left_out

    return "no Chromium here: the browser tests are left out" if left_out() else None
