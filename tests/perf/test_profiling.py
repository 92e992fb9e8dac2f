"""The profiler counts what NumPy and Python allocate."""

import functools
import itertools
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
    seconds_in_turns,
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
        assert resident_bytes(lambda: np.zeros(125_000)) >= 990_000  # others may free a little
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


class Machine:
    """A clock that only calls move, each by the next of the seconds that it is said to take."""

    def __init__(self, **seconds):
        self.now, self.made = 0.0, []
        self.calls = {
            name: functools.partial(self.call, name, itertools.cycle(each))
            for name, each in seconds.items()
        }

    def call(self, name, seconds):
        self.now += next(seconds)
        self.made.append(name)

    def times(self, **options):
        return seconds_in_turns(self.calls, clock=lambda: self.now, **options)


def test_calls_take_turns_and_the_first_of_each_is_not_timed():
    machine = Machine(a=[9.0, 1.0, 1.0, 1.0], b=[2.0])
    times = machine.times(rounds=3, limit=100.0)
    assert machine.made == ["a", "b"] * 4
    assert [times[name].tolist() for name in "ab"] == [[1.0] * 3, [2.0] * 3]


def test_times_that_spread_are_measured_again_within_bounds():
    steady, wide = Machine(a=[1.0, 1.1]), Machine(a=[1.0, 5.0])
    assert steady.times(rounds=4, limit=1e9)["a"].size == 4
    assert wide.times(rounds=4, limit=1e9)["a"].size == 40
    # As soon as three in four are close to the best, there is no need to go on.
    calmed = Machine(a=[1.0, 1.0, 5.0, 5.0, 5.0] + 40 * [1.0])
    assert 4 < calmed.times(rounds=4, limit=1e9)["a"].size < 40


def test_no_round_begins_after_the_limit_but_three_are_made():
    assert Machine(a=[1.0, 9.0]).times(rounds=10, limit=22.0)["a"].size == 5
    assert Machine(a=[50.0]).times(rounds=10, limit=1.0)["a"].size == 3


@pytest.mark.parametrize(
    ("calls", "rounds", "error"),
    [({}, 3, ValueError), ({"a": print}, 2, ValueError), ({"a": 3}, 3, TypeError)],
)
def test_turns_need_calls_and_three_rounds(calls, rounds, error):
    with pytest.raises(error, match="seconds_in_turns expects"):
        seconds_in_turns(calls, rounds)
