"""`pytest --mutant NAME` runs the tests with a known mistake in the library."""

from hypothesis import settings

# The same examples in every run.
settings.register_profile("seeded", derandomize=True)
settings.load_profile("seeded")


def pytest_addoption(parser):
    parser.addoption("--mutant", help="put this mistake from tests/mutants into the library")


def pytest_configure(config):
    if config.getoption("--mutant"):
        from mutants import MUTANTS

        MUTANTS[config.getoption("--mutant")].apply()


def pytest_report_header():
    from lessons.in_jupyter.lab import left_out

    return "no Chromium here: the browser tests are left out" if left_out() else None
