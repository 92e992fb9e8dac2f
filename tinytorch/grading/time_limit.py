"""Ends code of a notebook that runs for too long, in the process where it runs."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from types import FrameType
from typing import Any

from tinytorch.core.system import IN_BROWSER

AGAIN = 1.0  # seconds until code that has caught the interrupt gets another one
MIN_SECONDS = 1e-3  # zero would turn the timer off


class TimeLimitError(BaseException):
    """Raised in code that has run for too long; no `except Exception` keeps it."""


@contextmanager
def time_limit(seconds: float, namespace: Mapping[str, Any]) -> Iterator[None]:
    """Raise TimeLimitError in what runs below, once it has taken longer.

    In the main thread a signal interrupts it, sleep and input included. In a browser every line of
    the namespace's functions looks at the clock. In other threads there is no limit.

    Args:
        seconds: the limit, of wall-clock time.
        namespace: the globals of the code that is limited.
    """
    if IN_BROWSER:
        limit = by_lines(seconds, namespace)
    elif threading.current_thread() is not threading.main_thread():
        limit = nullcontext()  # type: ignore[assignment]
    else:
        limit = by_timer(seconds) if hasattr(signal, "setitimer") else by_thread(seconds)
    with limit:
        yield


@contextmanager
def by_timer(seconds: float) -> Iterator[None]:
    """Limit what the main thread does, by the system's timer (not on Windows)."""

    def handle(number: int, frame: FrameType | None) -> None:
        raise TimeLimitError

    def end() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    before = signal.signal(signal.SIGALRM, handle)
    try:
        signal.setitimer(signal.ITIMER_REAL, max(seconds, MIN_SECONDS), AGAIN)
        yield
    finally:
        _insist(end)


@contextmanager
def by_thread(seconds: float) -> Iterator[None]:
    """Limit what the main thread does, by a thread that sends what Ctrl+C sends."""
    is_late, lock, done = False, threading.Lock(), threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:
        if is_late:
            raise TimeLimitError
        if callable(before):
            before(number, frame)

    def watch() -> None:
        nonlocal is_late
        left = seconds
        while not done.wait(left):
            with lock:
                if not done.is_set():
                    is_late, left = True, AGAIN
                    _thread.interrupt_main()

    def end() -> None:
        with lock:
            done.set()
        if watcher.ident is not None:  # it was started
            watcher.join()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, handle)
    watcher = threading.Thread(target=watch, daemon=True, name="tinytorch time limit")
    try:
        watcher.start()
        yield
    finally:
        _insist(end)


def _insist(action: Callable[[], Any]) -> None:
    """Do something to its end, although an interrupt may be on its way."""
    while True:
        try:
            action()
            return
        except TimeLimitError:
            continue


@contextmanager
def by_lines(seconds: float, namespace: Mapping[str, Any]) -> Iterator[None]:
    """Limit functions of a namespace by looking at the clock before each of their lines."""
    end = time.monotonic() + seconds

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_globals is not namespace:
            return None
        if time.monotonic() > end:
            raise TimeLimitError
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)
