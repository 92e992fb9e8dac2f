"""Wrong implementations, one mistake each, that the tests must reject.

A mutant is a function that puts its mistake into the library. `pytest --mutant NAME` runs the
tests with it; `tests/test_mutants.py` proves that each one fails the test that it names.
"""

import importlib
import sys
from collections.abc import Callable
from typing import NamedTuple


class Mutant(NamedTuple):
    apply: Callable[[], None]
    rejected_by: str


MUTANTS: dict[str, Mutant] = {}


def mutant(rejected_by: str):
    """Register a function that installs a mistake, with a test that must fail then."""

    def register(apply):
        MUTANTS[apply.__name__] = Mutant(apply, rejected_by)
        return apply

    return register


def replace(module: str, name: str, wrong) -> None:
    """Put `wrong` in place of a library function, wherever it has been imported."""
    right = getattr(importlib.import_module(f"tinytorch.{module}"), name)
    for loaded in [m for n, m in sys.modules.items() if n.partition(".")[0] == "tinytorch"]:
        for attribute, value in list(vars(loaded).items()):
            if value is right:
                setattr(loaded, attribute, wrong)


for part in ("arithmetic", "layer", "calibration", "analysis", "files", "networks", "classes"):
    importlib.import_module(f"mutants.{part}")
