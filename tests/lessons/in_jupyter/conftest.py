"""Binder's environment and a Jupyter server in it, for all tests of a run."""

import shutil

import pytest
from lessons.in_jupyter import binder
from lessons.in_jupyter.server import serve
from lessons.notebook import LESSON

from tinytorch.lessons import start


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    return binder.build(tmp_path_factory.mktemp("binder"))


@pytest.fixture(scope="session")
def running_server(environment, tmp_path_factory):
    with serve(environment, tmp_path_factory.mktemp("home")) as server:
        yield server


@pytest.fixture
def server(running_server):
    """The server with the lesson as it was built, whatever an earlier test has edited."""
    shutil.rmtree(running_server.folder / LESSON.parent)
    start(running_server.folder / LESSON.parent)
    yield running_server
    running_server.stop_kernels()
