"""The profiler counts what NumPy and Python allocate."""

import tracemalloc

import numpy as np
import pytest

from tinytorch import Linear, Sequential
from tinytorch.perf.profiling import (
    parameter_bytes,
    parameter_count,
    peak_temporary_bytes,
    resident_bytes,
    seconds,
)
from tinytorch.perf.quantization import quantize_model


def test_parameters_of_a_shared_layer_count_once():
    shared = Linear(3, 3)
    model = Sequential(shared, Sequential(shared), Linear(3, 2, bias=False))
    assert parameter_count(model) == 12 + 6
    assert parameter_bytes(model) == 4 * 18
    quantize_model(model)
    assert (parameter_count(model), parameter_bytes(model)) == (18, 18)


def test_resident_bytes_see_memory_that_is_only_held_indirectly():
    # Threads of the test runner allocate a little meanwhile, so the arrays are large.
    held = resident_bytes(lambda: np.zeros(10_000_000, dtype=np.float32)[:1])
    assert abs(held - 40_000_000) < 10_000


def test_resident_bytes_do_not_see_what_was_freed():
    assert resident_bytes(lambda: float(np.zeros(10_000_000).sum())) < 10_000


def test_temporaries_do_not_include_the_result():
    x = np.ones(1_000_000, dtype=np.float32)
    assert peak_temporary_bytes(lambda: x + 1) < 10_000
    assert 4_000_000 <= peak_temporary_bytes(lambda: (x + 1) + 1) < 4_010_000


def test_a_trace_that_runs_already_goes_on():
    tracemalloc.start()
    try:
        assert resident_bytes(lambda: np.zeros(1000)) >= 8000
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()
    resident_bytes(list)
    assert not tracemalloc.is_tracing()


def test_seconds_is_the_median_after_the_warm_up(monkeypatch):
    clock = iter([0.0, 5.0, 10.0, 11.0, 20.0, 27.0])
    monkeypatch.setattr("tinytorch.perf.profiling.time.perf_counter", lambda: next(clock))
    calls = []
    assert seconds(lambda: calls.append(1), repeats=3, warmup=2) == 5.0
    assert len(calls) == 5


def test_no_repeats_have_no_median():
    with pytest.raises(ValueError, match="repeats must be at least 1, got 0"):
        seconds(list, repeats=0)


@pytest.mark.parametrize("measure", [seconds, resident_bytes, peak_temporary_bytes])
def test_a_result_or_a_model_in_place_of_a_function_is_refused(measure):
    for wrong in (Linear(2, 2), 3.0):
        with pytest.raises(TypeError, match=r"a function without arguments, such as lambda"):
            measure(wrong)
