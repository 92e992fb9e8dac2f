"""Observers find the range they promise, in bounded memory, from any stream."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinytorch.perf.quantization.observers import MinMaxObserver, MSEObserver, PercentileObserver

OBSERVERS = [MinMaxObserver, PercentileObserver, MSEObserver]


def observed(observer, *arrays):
    for array in arrays:
        observer.update(np.asarray(array, dtype=np.float32))
    return observer.range()


def gaussian(size=200_000, seed=0):
    return np.random.default_rng(seed).normal(size=size).astype(np.float32)


def int8_error(values, bounds):
    """Mean squared error of 8-bit affine quantization over bounds, by the definition."""
    low, high = min(bounds[0], 0.0), max(bounds[1], 0.0)
    scale = (high - low) / 255
    zero = np.rint(-128 - low / scale)
    codes = np.clip(np.rint(values.astype(np.float64) / scale) + zero, -128, 127)
    return np.mean(((codes - zero) * scale - values) ** 2)


def test_min_max_is_the_range_of_everything_seen():
    assert observed(MinMaxObserver(), [1, 2], [-3, 0], [0.5]) == (-3.0, 2.0)


@pytest.mark.parametrize("percentile", [99.99, 99.9, 99.0, 90.0, 100.0])
def test_percentiles_agree_with_numpy_to_a_bin(percentile):
    values = gaussian() + np.float32(0.7)
    low, high = observed(PercentileObserver(percentile), *np.split(values, 10))
    bin_width = 2 * 8.0 / 2**15  # twice the power of two above the largest value, over the bins
    expected = np.percentile(values, [100 - percentile, percentile])
    assert [low, high] == pytest.approx(expected.tolist(), abs=2 * bin_width)


def test_bins_that_merge_keep_every_count_in_its_place():
    values = np.sort(np.random.default_rng(3).exponential(size=200_000)).astype(np.float32)
    low, high = observed(PercentileObserver(90), *np.split(values, 20))  # ever larger batches
    assert [low, high] == pytest.approx(np.percentile(values, [10, 90]).tolist(), abs=0.003)


def test_a_percentile_leaves_out_a_lone_outlier():
    low, high = observed(PercentileObserver(99.9), gaussian(), [1000.0])
    assert -4 < low < -2.5
    assert 2.5 < high < 4


def test_the_mse_range_beats_the_full_range_and_nearly_every_other():
    values = np.concatenate([gaussian(100_000), np.float32([20.0])])
    bounds = observed(MSEObserver(), values)
    best = min(
        int8_error(values, (values.min() * a, values.max() * b))
        for a in np.linspace(0.5, 1, 26)
        for b in np.linspace(0.1, 1, 46)
    )
    assert int8_error(values, bounds) < 0.9 * int8_error(values, (values.min(), values.max()))
    assert int8_error(values, bounds) < 1.02 * best


def test_the_mse_range_of_evenly_spread_values_is_the_full_range():
    low, high = observed(MSEObserver(), np.linspace(-1, 1, 100_001))
    assert [low, high] == pytest.approx([-1, 1], abs=0.02)


@pytest.mark.parametrize("kind", OBSERVERS)
def test_the_order_and_the_size_of_the_batches_do_not_matter(kind):
    values = np.concatenate([gaussian(5000), gaussian(5000) * 1000, gaussian(5000) / 1000])
    forward = observed(kind(), *np.split(values, 5))
    backward = observed(kind(), *np.split(values[::-1], 30))
    assert forward == backward


@given(st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=1, max_size=30))
@settings(max_examples=200, deadline=None)
def test_no_range_leaves_the_range_of_the_values(values):
    for kind in OBSERVERS:
        low, high = observed(kind(), *([value] for value in values))
        assert min(values) <= low <= high <= max(values) or kind is MSEObserver
        assert min(*values, 0.0) <= low
        assert high <= max(*values, 0.0)


@pytest.mark.parametrize("kind", OBSERVERS)
@pytest.mark.parametrize("constant", [0.0, 5.0, -1e-45, 3e38])
def test_a_constant_is_its_own_range(kind, constant):
    low, high = observed(kind(), [constant] * 10)
    assert [low, high] == pytest.approx([np.float32(constant)] * 2, rel=1e-6)


@pytest.mark.parametrize("kind", OBSERVERS)
def test_memory_does_not_grow_with_the_data(kind):
    observer, batch = kind(), gaussian(100_000)
    observer.update(batch)
    tracemalloc.start()
    try:
        for _ in range(50):
            observer.update(batch)
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 10_000
    assert peak < 8e6


@pytest.mark.parametrize("kind", OBSERVERS)
def test_bad_values_are_refused_and_nothing_was_seen(kind):
    observer = kind()
    with pytest.raises(ValueError, match="has seen no values"):
        observer.range()
    for bad in ([np.nan], [np.inf, 1.0], []):
        with pytest.raises(ValueError, match=r"the observed tensor (holds|is empty)"):
            observer.update(np.float32(bad))
    with pytest.raises(ValueError, match="has seen no values"):
        observer.range()


@pytest.mark.parametrize("percentile", [50, 100.1, -1, float("nan")])
def test_a_percentile_outside_its_range_is_refused(percentile):
    with pytest.raises(ValueError, match="above 50 and up to 100"):
        PercentileObserver(percentile)
