"""Code that runs for too long is stopped, and what runs in time is left alone."""

import signal
import threading
import time

import pytest

from tinytorch.grading.time_limit import TimeLimitError, by_lines, by_thread, by_timer, time_limit

LOOP = "def run():\n    while True:\n        pass\n"
CAUGHT = "def run():\n  try:\n    while True:\n      pass\n  except Exception:\n    pass\n"


def endless(source):
    exec(source, namespace := {})
    return namespace


LIMITS = {
    "by_timer": lambda seconds, namespace: by_timer(seconds),
    "by_thread": lambda seconds, namespace: by_thread(seconds),
    "by_lines": by_lines,
    "time_limit": time_limit,
}


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("source", [LOOP, CAUGHT], ids=["loop", "caught"])
def test_a_loop_is_stopped(name, source):
    namespace = endless(source)
    with pytest.raises(TimeLimitError), LIMITS[name](0.05, namespace):
        namespace["run"]()


@pytest.mark.parametrize("name", LIMITS)
def test_what_ends_in_time_is_not_disturbed_later(name):
    handlers = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGALRM)]
    with LIMITS[name](0.05, {}):
        done = sum(range(10))
    time.sleep(0.1)
    assert done == 45
    assert handlers == [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGALRM)]


@pytest.mark.parametrize("name", ["by_timer", "time_limit"])
def test_a_sleep_is_ended(name):
    with pytest.raises(TimeLimitError), LIMITS[name](0.05, {}):
        time.sleep(60)


@pytest.mark.parametrize("name", ["by_timer", "by_thread"])
def test_nothing_is_left_however_close_the_end_is(name):
    handlers = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGALRM)]
    for step in range(60):
        seconds = 0.001 + step / 100_000
        try:
            with LIMITS[name](seconds, {}):
                time.sleep(0.0012)
        except TimeLimitError:
            pass
        assert handlers == [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGALRM)]
    time.sleep(0.05)  # an interrupt that is still on its way would come here


@pytest.mark.parametrize("name", ["by_thread"])
def test_an_interrupt_by_hand_stays_one(name):
    # Programs that a shell starts in the background ignore Ctrl+C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), LIMITS[name](60, {}):
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_have_no_limit_and_no_error():
    found = []

    def run():
        with time_limit(0.01, {}):
            time.sleep(0.05)
        found.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [True]
