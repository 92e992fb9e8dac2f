"""Where a test saves a model."""

import pytest


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.npz"
