"""Work on a large array block by block, on all processors where that pays.

A block of 2**18 float32 elements (1 MiB) stays in a processor's cache between the operations that
are done on it, and the temporaries never grow with the array. NumPy releases the interpreter lock
inside these operations, so that threads really run side by side.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from tinytorch.core.system import usable_processors

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

Result = TypeVar("Result")

BLOCK = 1 << 18
# Handing work to a thread costs about 0.1 ms: with fewer elements than this it does not pay.
PARALLEL_FROM = 1 << 22
MAX_THREADS = 8  # by then the memory, not the processors, sets the pace


def blocks(start: int, stop: int, length: int = BLOCK) -> Iterator[slice]:
    """Cut the range from start to stop into slices of at most `length`.

    Example:
        >>> list(blocks(0, 5, 2))
        [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    return (slice(first, min(first + length, stop)) for first in range(start, stop, length))


def in_parallel(
    work: Callable[[int, int], Result], size: int, elements: int, multiple: int = BLOCK
) -> list[Result]:
    """Call work(start, stop) on contiguous parts of range(size), one part per processor.

    Args:
        work: called once per part, possibly in another thread; it sets its own numpy.errstate.
        size: length of the range to divide.
        elements: number of array elements behind it; below PARALLEL_FROM there is one part.
        multiple: the parts start at multiples of this, so that only the last one has a short
            block.

    Returns:
        What the calls returned, in the order of the parts.
    """
    if elements < PARALLEL_FROM:
        return [work(0, size)]
    threads = min(usable_processors(), MAX_THREADS)
    length = max(1, -(-size // (threads * multiple))) * multiple
    parts = [(part.start, part.stop) for part in blocks(0, size, length)]
    if len(parts) < 2:
        return [work(0, size)]
    waiting: list[Callable[[], Result]] = []
    for part in parts[1:]:
        try:
            waiting.append(_pool().submit(work, *part).result)
        except RuntimeError:  # no thread can be started, as when the main thread has ended
            waiting.append(functools.partial(work, *part))
    return [work(*parts[0]), *(result() for result in waiting)]


@functools.cache
def _pool() -> ThreadPoolExecutor:
    # Imported and started with the first large array: `import tinytorch` stays cheap.
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(min(usable_processors(), MAX_THREADS), thread_name_prefix="tinytorch")


if hasattr(os, "register_at_fork"):
    # A forked child has none of its parent's threads: it starts its own.
    os.register_at_fork(after_in_child=_pool.cache_clear)
