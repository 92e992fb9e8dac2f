"""What quantization does to time: the same layer computed in several ways."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.lessons.quantization.figures.drawing import (
    ENGINE_COLOUR,
    FP32_COLOUR,
    INT8_COLOUR,
    OTHER_COLOUR,
    bars,
    describe,
    timed,
)
from tinytorch.lessons.quantization.figures.models import QuantizeModel
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.lessons.quantization.figures.production.engine import in_engine
from tinytorch.perf.profiling import seconds
from tinytorch.perf.quantization import quantize_model
from tinytorch.perf.quantization import quantize_model as library_quantize_model

BATCHES = (1, 64)
ROUNDS = 100
SECONDS = 1.5  # after which no new round begins


def measure_speed(quantize_model: QuantizeModel = quantize_model) -> dict[str, dict[int, float]]:
    """Seconds of a 1024 x 1024 layer computed in several ways, each the quickest of many turns.

    Returns:
        A dict from the way to a dict from batch size (1 and 64) to seconds. ONNX Runtime is left
        out unless onnx and onnxruntime can be imported.
    """
    rng = np.random.default_rng(0)
    layer = Linear(1024, 1024, rng=rng)
    inputs = {size: Tensor(rng.standard_normal((size, 1024))) for size in BATCHES}
    ways: dict[str, Callable[[Tensor], Any]] = {"NumPy\nFP32": layer}
    for name, quantize in (("yours", quantize_model), ("tinytorch", library_quantize_model)):
        weight_only, calibrated = Sequential(layer), Sequential(layer)
        quantize(weight_only)
        quantize(calibrated, [inputs[64]])
        ways |= {f"{name}\nweight-only": weight_only, f"{name}\ncalibrated": calibrated}
    run = in_engine(calibrated, spinning=False)
    if run is not None:
        ways["ONNX\nRuntime"] = lambda x: run(x.data)
    times: dict[str, dict[int, float]] = {name: dict.fromkeys(BATCHES, math.inf) for name in ways}
    start, rounds = time.perf_counter(), 0
    # In turns, and the quickest turn counts: another program that keeps the machine busy for a
    # moment then falsifies none of them.
    while rounds < ROUNDS and (rounds == 0 or time.perf_counter() - start < SECONDS):
        rounds += 1
        for size, x in inputs.items():
            for name, way in ways.items():
                taken = seconds(partial(way, x), repeats=1)
                times[name][size] = min(times[name][size], taken)
    return times


@figure(1, len(BATCHES))
def speed(axes: Any, quantize_model: QuantizeModel = quantize_model) -> None:
    """Draw the time of a 1024 x 1024 layer relative to NumPy in FP32, for two batch sizes.

    Args:
        quantize_model: changes a Sequential in place, with or without a list of Tensors for
            calibration.

    Returns:
        A matplotlib Figure of two panels.
    """
    times = measure_speed(quantize_model)
    colours = [FP32_COLOUR, *[INT8_COLOUR] * 2, *[OTHER_COLOUR] * 2, ENGINE_COLOUR]
    for axis, size in zip(axes[0], BATCHES, strict=True):
        base = next(iter(times.values()))[size]
        relative = [way[size] / base for way in times.values()]
        texts = [f"{value:.3g} x" for value in relative]
        bars(axis, list(times), relative, texts, colours[: len(times)])
        axis.axhline(1, color=FP32_COLOUR, linestyle="--", linewidth=1, zorder=0)
        title = f"Batch {size}: your layer takes {relative[1]:.1f} x FP32's time"
        describe(axis, title, "", timed(f"time (1 = {1e3 * base:.2f} ms)"))
        axis.tick_params(axis="x", labelsize=8)
