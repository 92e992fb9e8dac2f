"""Runs a test with a mistake in the library, in a process that ends with it."""

import contextlib
import io
import multiprocessing
from collections.abc import Iterator
from multiprocessing.pool import Pool

import pytest

# What every one of these processes needs is imported once, where processes can be forked.
PRELOADED = ["hypothesis.extra.numpy", "mutants", "onnx", "pytest", "scipy.stats"]


@contextlib.contextmanager
def process_pool() -> Iterator[Pool]:
    """Start a new process for every task; in none of them is a mistake of another."""
    forks = "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if forks else "spawn")
    context.set_forkserver_preload(PRELOADED)
    with context.Pool(1, maxtasksperchild=1) as pool:
        yield pool


def run(options: list[str]) -> tuple[int, str]:
    """Run pytest; its status and what it has printed."""
    said = io.StringIO()
    # Other plugins take longer to start than most of the tests take.
    options = ["--disable-plugin-autoload", "-p", "no:unraisableexception", *options]
    with contextlib.redirect_stdout(said):
        status = pytest.main(options)
    return int(status), said.getvalue()
