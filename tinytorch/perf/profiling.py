"""Measure instead of guess: parameters, bytes, seconds.

Bytes of parameters come from the arrays. Resident and temporary bytes come from the allocator:
NumPy reports every array to tracemalloc, so an FP32 layer that something still holds shows up,
and so does Python's own overhead.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import Layer

MIN_ROUNDS = 3
MAX_FACTOR = 10  # as many rounds, where times spread
MAX_SPREAD = 0.25  # of the upper quartile above the best time


def parameter_count(model: Any) -> int:
    """Number of parameters of a model or layer; those of a shared layer count once.

    Example:
        >>> from tinytorch.core import Linear
        >>> parameter_count(Linear(64, 10))
        650
    """
    return sum(tensor.size for tensor in model.parameters())


def parameter_bytes(model: Any) -> int:
    """Bytes of the parameter arrays, from their `nbytes` (scales and zero points not counted).

    Example:
        >>> from tinytorch.core import Linear
        >>> parameter_bytes(Linear(64, 10))
        2600
    """
    return sum(tensor.nbytes for tensor in model.parameters())


def resident_bytes(build: Callable[[], Any]) -> int:
    """Bytes that stay allocated as long as what build() returns is alive.

    Args:
        build: makes the object to be measured, such as `lambda: load("model.npz")` or
            `lambda: copy.deepcopy(model)`. It is called twice: the first call pays for imports
            and caches.

    Returns:
        Bytes, Python's objects included.

    Raises:
        TypeError: if build is not a function without arguments.

    Example:
        >>> import numpy as np
        >>> round(resident_bytes(lambda: np.zeros(10**6, dtype=np.int8)) / 1e6, 2)
        1.0
    """
    _check_callable(build, "resident_bytes")
    build()
    with _tracing():
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        result = build()
        gc.collect()
        held = tracemalloc.get_traced_memory()[0] - before
        del result
    return held


def peak_temporary_bytes(call: Callable[[], Any]) -> int:
    """Most bytes that call() had allocated at one time, beyond those of its result.

    Args:
        call: the function to measure, such as `lambda: model(x)`. It is called twice: the first
            call pays for imports and caches.

    Returns:
        Bytes.

    Raises:
        TypeError: if call is not a function without arguments.

    Example:
        >>> import numpy as np
        >>> x = np.zeros(1_000_000, dtype=np.float32)
        >>> round(peak_temporary_bytes(lambda: (x * 2).sum()) / 1e6)
        4
    """
    _check_callable(call, "peak_temporary_bytes")
    call()
    with _tracing():
        gc.collect()
        tracemalloc.reset_peak()
        result = call()
        now, peak = tracemalloc.get_traced_memory()
        del result
    return peak - now


def seconds(call: Callable[[], Any], repeats: int = 7, warmup: int = 1) -> float:
    """Median wall-clock time of a call.

    Args:
        call: the function to time.
        repeats: timed calls, at least 1.
        warmup: calls before them, which are not timed.

    Returns:
        Seconds.

    Raises:
        TypeError: if call is not a function without arguments.
        ValueError: if repeats is below 1.

    Example:
        >>> 0.01 <= seconds(lambda: time.sleep(0.01), repeats=3)
        True
    """
    _check_callable(call, "seconds")
    if repeats < 1:
        raise ValueError(f"seconds: repeats must be at least 1, got {repeats}")
    for _ in range(warmup):
        call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def seconds_in_turns(
    calls: Mapping[str, Callable[[], Any]],
    rounds: int = 15,
    limit: float = 2.0,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, NDArray[np.float64]]:
    """Wall-clock times of several calls that take turns, to compare one with another.

    What else the machine does then meets all of them. As long as the times of a call spread widely
    (the upper quartile lies more than a quarter above the best), further rounds follow.

    Args:
        calls: from names to the functions to time; each is called once before, without a clock.
        rounds: in which every call is timed once, at least 3. Where they spread, up to 10 times
            as many.
        limit: seconds after which no further round begins; 3 rounds are made in any case.
        clock: gives the time in seconds.

    Returns:
        A dict from names to seconds, all of shape (rounds made,): those at the same position are
        of the same round. Their minimum is the best guess of what a call takes on an idle machine.

    Raises:
        TypeError: if a call is not a function without arguments.
        ValueError: if there are no calls, or rounds is below 3.

    Example:
        >>> calls = {"short": lambda: time.sleep(0.001), "long": lambda: time.sleep(0.01)}
        >>> times = seconds_in_turns(calls, rounds=3)
        >>> bool(times["short"].min() < times["long"].min())
        True
    """
    if not calls or rounds < MIN_ROUNDS:
        raise ValueError(
            f"seconds_in_turns expects at least one call and at least {MIN_ROUNDS} rounds, "
            f"got {len(calls)} and {rounds}"
        )
    for call in calls.values():
        _check_callable(call, "seconds_in_turns")
        call()
    times: dict[str, list[float]] = {name: [] for name in calls}
    begin, made = clock(), 0
    while made < MIN_ROUNDS or (
        clock() - begin < limit
        and (made < rounds or (made < MAX_FACTOR * rounds and _is_wide(times.values())))
    ):
        made += 1
        for name, call in calls.items():
            start = clock()
            call()
            times[name].append(clock() - start)
    return {name: np.array(taken) for name, taken in times.items()}


def _is_wide(series: Iterable[list[float]]) -> bool:
    return any(np.quantile(taken, 0.75) > (1 + MAX_SPREAD) * min(taken) for taken in series)


def _check_callable(call: Any, name: str) -> None:
    if not callable(call) or isinstance(call, Layer):
        raise TypeError(
            f"{name} expects a function without arguments, such as lambda: model(x), got {call!r}"
        )


@contextmanager
def _tracing() -> Iterator[None]:
    """Have tracemalloc on inside, and afterwards as it was."""
    if tracemalloc.is_tracing():
        yield
        return
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()
