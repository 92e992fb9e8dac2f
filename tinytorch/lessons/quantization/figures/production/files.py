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
    describe,
    timed,
)
from tinytorch.lessons.quantization.figures.models import QuantizeModel
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.perf.deploy import load, save
from tinytorch.perf.profiling import seconds
from tinytorch.perf.quantization import quantize_model

MEGABYTE = 1e6
FILE_LAYERS = 4


def measure_files(quantize_model: QuantizeModel = quantize_model) -> dict[str, dict[str, float]]:
    """File bytes and load time of four 1024 x 1024 layers, before and after quantization.

    Returns:
        A dict from "FP32" and "INT8" to dicts of bytes and seconds (a median; the file has been
        read before, so it comes from the operating system's cache).
    """
    rng = np.random.default_rng(0)
    model = Sequential([Linear(1024, 1024, rng=rng) for _ in range(FILE_LAYERS)])
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("FP32", "INT8"):
            if name == "INT8":
                quantize_model(model)
            path = Path(folder) / f"{name}.npz"
            save(model, path)
            taken = seconds(partial(load, path), repeats=9)
            results[name] = {"bytes": float(path.stat().st_size), "seconds": taken}
    return results


@figure(1, 2)
def file_size_and_load_time(axes: Any, quantize_model: QuantizeModel = quantize_model) -> None:
    """Draw the bytes of an FP32 and an INT8 model file, and the time to load them.

    Args:
        quantize_model: changes a Sequential in place.

    Returns:
        A matplotlib Figure of two panels.
    """
    results = measure_files(quantize_model)
    (sizes, times), names, colours = axes[0], list(results), [FP32_COLOUR, INT8_COLOUR]
    megabytes = [row["bytes"] / MEGABYTE for row in results.values()]
    milliseconds = [1e3 * row["seconds"] for row in results.values()]
    bars(sizes, names, megabytes, [f"{value:.2f} MB" for value in megabytes], colours)
    bars(times, names, milliseconds, [f"{value:.2f} ms" for value in milliseconds], colours)
    layers = f"{FILE_LAYERS} layers of 1024 x 1024"
    title = f"The INT8 file has {megabytes[1] / megabytes[0]:.2f} of the bytes"
    describe(sizes, title, layers, "file size (MB)")
    title = f"Loading it takes {milliseconds[1] / milliseconds[0]:.2f} of the time"
    describe(times, title, layers, timed("median time to load (ms)"))
