"""What quantization saves in files: their bytes, and with them the time to load."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tinytorch.core.layers import Linear, Sequential
from tinytorch.lessons.quantization.figures.drawing import (
    FP32_COLOUR,
    INT8_COLOUR,
    bars,
    caption,
    describe,
)
from tinytorch.lessons.quantization.figures.models import QuantizeModel
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.lessons.quantization.figures.production.timing import (
    Comparison,
    compare,
    concluded,
    timed_bars,
    was_busy,
)
from tinytorch.lessons.quantization.figures.students import require_deployable
from tinytorch.perf.deploy import load, save
from tinytorch.perf.profiling import seconds_in_turns
from tinytorch.perf.quantization import quantize_model

MEGABYTE = 1e6
FILE_LAYERS = 4
ROUNDS, SECONDS = 15, 1.5


def measure_files(quantize_model: QuantizeModel = quantize_model) -> dict[str, dict[str, Any]]:
    """File bytes and load times of four 1024 x 1024 layers, before and after quantization.

    Returns:
        A dict from "FP32" and "INT8" to dicts of bytes and seconds, an array of shape (rounds,).
        The files have been read before, so they come from the operating system's cache.
    """
    rng = np.random.default_rng(0)
    model = Sequential([Linear(1024, 1024, rng=rng) for _ in range(FILE_LAYERS)])
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder) / f"{name}.npz" for name in ("FP32", "INT8")}
        save(model, paths["FP32"])
        quantize_model(model)
        require_deployable(model)
        save(model, paths["INT8"])
        calls = {name: partial(load, path) for name, path in paths.items()}
        times = seconds_in_turns(calls, ROUNDS, SECONDS)
        sizes = {name: path.stat().st_size for name, path in paths.items()}
    return {name: {"bytes": sizes[name], "seconds": times[name]} for name in paths}


@figure(1, 2, height=4.1)
def file_size_and_load_time(axes: Any, quantize_model: QuantizeModel = quantize_model) -> None:
    """Draw the bytes of an FP32 and an INT8 model file, and the time to load them.

    Args:
        quantize_model: changes a Sequential in place.

    Returns:
        A matplotlib Figure of two panels, and a caption that says what the second one comes to.
    """
    results = measure_files(quantize_model)
    (sizes, times), names, colours = axes[0], list(results), [FP32_COLOUR, INT8_COLOUR]
    megabytes = [row["bytes"] / MEGABYTE for row in results.values()]
    milliseconds = [1e3 * row["seconds"] for row in results.values()]
    bars(sizes, names, megabytes, [f"{value:.2f} MB" for value in megabytes], colours)
    timed_bars(times, names, milliseconds, "{:.3g} ms".format, colours)
    layers = f"{FILE_LAYERS} layers of 1024 x 1024"
    title = f"The INT8 file has {megabytes[1] / megabytes[0]:.2f} of the bytes"
    describe(sizes, title, layers, "file size (MB)")
    is_busy = was_busy(milliseconds)
    comparison = compare(milliseconds[1], milliseconds[0], is_busy)
    describe(times, f"Loading it {comparison.takes('FP32')}", layers, "time to load (ms)")
    caption(axes, concluded(_conclusion(comparison), milliseconds, is_busy))


def _conclusion(comparison: Comparison) -> str:
    return {
        "less": "Fewer bytes load in less time.",
        "same": "Here both load in the same time: something else than bytes takes it.",
        "more": "Here fewer bytes do not load faster: something else than bytes takes the time.",
        "unclear": "The times vary too much to tell which loads faster.",
    }[comparison.verdict]
