"""Keeps the current folder from passing for a library while tinytorch is imported.

`python -m` and notebooks put the current folder first on `sys.path`. Graders work in folders that
students have written to: a numpy.py there must not be taken for NumPy. `python -m tinytorch` leaves
that folder out for good.
"""

import contextlib
import os
import sys

_left_out: list[str] = []
with contextlib.suppress(OSError):  # the current folder may have been deleted
    _left_out = [each for each in sys.path[:1] if each in ("", ".", os.getcwd())]
if os.path.dirname(os.path.dirname(__file__)) in map(os.path.abspath, _left_out):
    _left_out = []  # tinytorch itself is imported from there
del sys.path[: len(_left_out)]


def restore() -> None:
    """Put the current folder back where it was."""
    is_run = getattr(sys, "argv", [])[:1] == ["-m"] and "tinytorch" in sys.orig_argv
    if not is_run:
        sys.path[:0] = _left_out
