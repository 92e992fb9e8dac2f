"""A progress bar for work that turns out to be long, drawn by tqdm on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tinytorch.core.system import optional

Item = TypeVar("Item")

DELAY = 1.0  # seconds before a bar is shown: short work stays silent


def track(items: Iterable[Item], description: str, progress: bool | None = None) -> Iterator[Item]:
    """Yield the items, with a progress bar once a second has passed.

    Args:
        items: any iterable; its length is used if it has one, so a generator works.
        description: what is being done, such as "calibrating".
        progress: True shows a bar wherever standard error goes, False never shows one. None shows
            one if standard error is a terminal and tqdm is installed.

    Yields:
        The items, unchanged and in order; each is asked for only when the one before is done.

    Raises:
        ImportError: if progress is True and tqdm is not installed.

    Example:
        >>> list(track([1, 2], "counting", progress=False))
        [1, 2]
    """
    # Where no bar would be shown, tqdm is not even imported.
    if progress is False or (progress is None and not (sys.stderr and sys.stderr.isatty())):
        yield from items
        return
    try:
        with optional("tqdm", "learn", "a progress bar"):
            from tqdm import tqdm
    except ImportError:
        if progress:
            raise
        yield from items
        return
    yield from tqdm(items, description, delay=DELAY)
