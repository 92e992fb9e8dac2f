"""A progress bar for work that turns out to be long, drawn by rich on standard error.

The bar is shown only after a second, so short work stays silent.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from contextlib import ExitStack
from typing import TypeVar

Item = TypeVar("Item")

SECONDS_BEFORE_SHOWN = 1.0


def track(items: Iterable[Item], description: str, progress: bool | None = None) -> Iterator[Item]:
    """Yield the items, with a progress bar once a second has passed.

    Args:
        items: any iterable; its length is used if it has one, so a generator works.
        description: what is being done, such as "calibrating".
        progress: True shows a bar wherever standard error goes, False never shows one. None shows
            one if standard error is a terminal and rich is installed.

    Yields:
        The items, unchanged and in order; each is asked for only when the one before is done.

    Raises:
        ImportError: if progress is True and rich is not installed.

    Example:
        >>> list(track([1, 2], "counting", progress=False))
        [1, 2]
    """
    bar = _make_bar(progress)
    if bar is None:
        yield from items
        return
    total = len(items) if isinstance(items, Sized) else None
    task = bar.add_task(description, total=total)
    start, shown = time.monotonic(), False
    with ExitStack() as stack:
        for item in items:
            yield item
            bar.advance(task)
            if not shown and time.monotonic() - start >= SECONDS_BEFORE_SHOWN:
                stack.enter_context(bar)
                shown = True


def _make_bar(progress: bool | None):  # type: ignore[no-untyped-def]  # rich is optional
    """A rich Progress that is not shown yet, or None where no bar is wanted."""
    if progress is False or (progress is None and not (sys.stderr and sys.stderr.isatty())):
        return None
    try:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )
    except ImportError as error:
        if progress is None:
            return None
        raise ImportError(
            "a progress bar needs rich: pip install '.[learn]' in tinytorch's folder, or pass "
            "progress=False"
        ) from error
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
