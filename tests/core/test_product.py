"""The product that stands in for NumPy's in a browser gives NumPy's numbers."""

import numpy as np
import pytest

from tinytorch.core import product
from tinytorch.core.product import NARROW, by_rows, matrix_product

SHAPES = [(1, 1, NARROW), (3, 784, NARROW + 1), (65, 30, 128)]


@pytest.mark.parametrize("shape", SHAPES)
def test_summed_by_rows_codes_give_the_same_integers(shape):
    n, k, m = shape
    rng = np.random.default_rng(0)
    left, right = (rng.integers(-128, 128, size).astype(np.float32) for size in ((n, k), (k, m)))
    assert np.array_equal(by_rows(left, right), left.astype(np.int64) @ right.astype(np.int64))


@pytest.mark.parametrize("shape", SHAPES)
def test_in_a_browser_wide_matrices_are_summed_by_rows_and_all_others_as_ever(shape, monkeypatch):
    n, k, m = shape
    rng = np.random.default_rng(0)
    left, right = rng.standard_normal((n, k)), rng.standard_normal((k, m))
    calls = []
    monkeypatch.setattr(product, "IN_BROWSER", True)
    monkeypatch.setattr(product, "by_rows", lambda *args: calls.append(args) or by_rows(*args))
    out = np.empty((n, m))
    for found in (matrix_product(left, right), matrix_product(left, right, out)):
        np.testing.assert_allclose(found, left @ right, rtol=1e-12, atol=1e-12)
    assert np.shares_memory(matrix_product(left, right, out), out)
    assert len(calls) == 3
    narrow = right[:, : NARROW - 1]
    np.testing.assert_allclose(matrix_product(left, narrow), left @ narrow, rtol=1e-12, atol=1e-12)
    assert matrix_product(np.ones((2, n, k)), right).shape == (2, n, m)
    assert matrix_product(left, right[:, 0]).shape == (n,)
    assert len(calls) == 3


def test_outside_of_a_browser_numpy_multiplies(monkeypatch):
    monkeypatch.setattr(product, "by_rows", None)
    assert matrix_product(np.eye(NARROW), np.eye(NARROW)).sum() == NARROW
