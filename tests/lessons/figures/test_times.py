"""Titles and captions of times say what was measured, whatever that is."""

import os

import numpy as np
import pytest
from lessons.figures.reading import heights

from tinytorch import experiments
from tinytorch.lessons.quantization.figures.production import engine, files, speed, timing

ROUNDS = 20
NOISE = np.random.default_rng(0)


def steady(seconds):
    return np.full(ROUNDS, seconds) * NOISE.uniform(1, 1.02, ROUNDS)


def noisy(seconds):
    return seconds * NOISE.uniform(1, 40, ROUNDS)


def shaky(seconds):
    return seconds * NOISE.uniform(1, 1.4, ROUNDS)


@pytest.fixture
def clock(monkeypatch):
    """Have the times that a test says in place of measured ones."""

    def set_times(make, seconds, otherwise=1e-3):
        def measured(calls, rounds, limit):
            return {name: make(seconds.get(name, otherwise)) for name in calls}

        for figure in (engine, files, speed):
            monkeypatch.setattr(figure, "seconds_in_turns", measured)

    monkeypatch.setattr(os, "getloadavg", lambda: (0.1, 0.1, 0.1))
    # The same noise for a test, whichever others run before it.
    monkeypatch.setitem(globals(), "NOISE", np.random.default_rng(0))
    return set_times


def titles(figure):
    return [axis.get_title().replace("\n", " ") for axis in figure.axes]


def caption(figure):
    return figure.get_supxlabel().replace("\n", " ")


YOURS = "yours,\nweights"


@pytest.mark.parametrize(
    ("factor", "title", "told"),
    [
        (5.0, "takes 5 x FP32's time", "INT8 in NumPy costs time."),
        (217.0, "takes 2", "INT8 in NumPy costs time."),
        (0.004, "takes 0.004 x FP32's time", "INT8 in NumPy saves time."),
        (1.0, "takes as long as FP32", "INT8 in NumPy takes as long as FP32."),
    ],
)
def test_speed_follows_the_times(clock, factor, title, told):
    clock(steady, {f"{YOURS} {size}": factor * 1e-3 for size in speed.BATCHES})
    figure = experiments.speed()
    for panel in titles(figure):
        assert title in panel.replace("0.0039", "0.004").replace("0.0041", "0.004")
    assert f"At both batch sizes, {told}" in caption(figure)
    assert "busy" not in caption(figure)
    assert heights(figure.axes[0])[1] == pytest.approx(factor, rel=0.03)


def test_speed_tells_batch_sizes_apart(clock):
    clock(steady, {f"{YOURS} 1": 5e-3, f"{YOURS} 64": 2e-4})
    told = caption(experiments.speed())
    assert "At batch 1, INT8 in NumPy costs time; at batch 64, INT8 in NumPy saves time." in told


def test_speed_that_cannot_be_told_is_not_told(clock):
    clock(noisy, {})
    figure = experiments.speed()
    for panel in titles(figure):
        assert panel.endswith("no verdict (busy)")
    assert caption(figure).startswith("This machine is busy, and times vary by a factor of up to")
    assert "INT8 in NumPy" not in caption(figure)
    # The spread is drawn: lines that reach above the bars.
    lines = [each.get_segments()[0] for each in figure.axes[0].collections]
    assert all(upper[1] >= 2 * lower[1] for lower, upper in lines)


def test_lines_leave_bars_that_can_be_seen(clock):
    clock(lambda seconds: np.append(seconds, np.full(ROUNDS, 1000 * seconds)), {})
    axis = experiments.speed().axes[0]
    assert axis.get_ylim()[1] < 4 * max(heights(axis))
    assert sum(each.get_marker() == "^" for each in axis.lines) == len(heights(axis))


@pytest.mark.parametrize(
    ("fp32", "int8", "title", "told"),
    [
        (4e-3, 1e-3, "INT8 is 4 x as fast", "In the engine, integers save time."),
        (1e-3, 3e-3, "INT8 takes 3 x FP32's time", "integers cost time even in the engine"),
        (1e-3, 1e-3, "INT8 takes as long as FP32", "integers are no faster"),
    ],
)
def test_the_engine_follows_the_times(clock, fp32, int8, title, told):
    clock(steady, {"FP32": fp32, "INT8": int8})
    figure = experiments.production_engine()
    assert title in titles(figure)[1].replace("3.9", "4").replace("4.1", "4").replace("3.1", "3")
    assert told in caption(figure)


@pytest.mark.parametrize(
    ("fp32", "int8", "title", "told"),
    [
        (4e-3, 1e-3, "Loading it takes 0.25 x", "Fewer bytes load in less time."),
        (1e-3, 2e-3, "Loading it takes 2 x", "fewer bytes do not load faster"),
        (1e-3, 1e-3, "Loading it takes as long as FP32", "both load in the same time"),
    ],
)
def test_loading_follows_the_times(clock, fp32, int8, title, told):
    clock(steady, {"FP32": fp32, "INT8": int8})
    figure = experiments.file_size_and_load_time()
    assert title in titles(figure)[1]
    assert told in caption(figure)


@pytest.mark.parametrize("make", [shaky, noisy])
def test_noise_in_the_engine_and_in_loading_is_told(clock, make):
    clock(make, {})
    told, title = {
        shaky: ("The times vary too much to tell", " to "),
        noisy: ("This machine is busy", "FP32: no verdict (busy)"),
    }[make]
    for figure in (experiments.production_engine(), experiments.file_size_and_load_time()):
        assert told in caption(figure)
        assert title in titles(figure)[1]


def test_where_many_programs_wait_no_conclusion_is_drawn_from_steady_times(clock, monkeypatch):
    clock(steady, {"FP32": 4e-3, "INT8": 1e-3})
    monkeypatch.setattr(os, "getloadavg", lambda: (2 * os.cpu_count(), 0.0, 0.0))
    figure = experiments.production_engine()
    assert titles(figure)[1] == "INT8 and FP32: no verdict (busy)"
    assert caption(figure).startswith("This machine is busy")
    monkeypatch.delattr(os, "getloadavg")  # as on Windows
    assert "integers save time" in caption(experiments.production_engine())


def test_a_browser_is_told(monkeypatch):
    told = timing.concluded("So it is.", [steady(1e-3)], False)
    assert told.startswith("So it is. Bars: the quickest of 20 rounds, measured in turns")
    monkeypatch.setattr(timing, "IN_BROWSER", True)
    told = timing.concluded("So it is.", [steady(1e-3)], False)
    assert "measured in a browser (WebAssembly) in turns" in told


def test_rounds_that_disagree_give_no_verdict():
    slow_in_half = np.where(np.arange(ROUNDS) % 2, 3e-3, 0.5e-3)
    comparison = timing.compare(slow_in_half, np.full(ROUNDS, 1e-3))
    assert (comparison.ratio, comparison.verdict) == (0.5, "unclear")
    assert comparison.takes("FP32") == "takes 0.5 to 3 x FP32's time"
