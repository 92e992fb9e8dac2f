"""What the tests of grading share."""

import pytest

from tinytorch.grading.sandbox.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as made:
        yield made
