"""What quantization does to time: the same layer computed in several ways."""

from __future__ import annotations

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
    caption,
    describe,
)
from tinytorch.lessons.quantization.figures.models import QuantizeModel
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.lessons.quantization.figures.production.engine import in_engine
from tinytorch.lessons.quantization.figures.production.timing import (
    Comparison,
    Times,
    compare,
    concluded,
    factor,
    timed_bars,
    was_busy,
)
from tinytorch.perf.profiling import seconds_in_turns
from tinytorch.perf.quantization import quantize_model
from tinytorch.perf.quantization import quantize_model as library_quantize_model

BATCHES = (1, 64)
ROUNDS, SECONDS = 20, 3.0
FP32, YOURS, ENGINE = "NumPy\nFP32", "yours,\nweights", "ONNX\nRuntime"

WORDS = {
    "more": "INT8 in NumPy costs time",
    "less": "INT8 in NumPy saves time",
    "same": "INT8 in NumPy takes as long as FP32",
    "unclear": "the times vary too much to tell which is faster",
}


def measure_speed(quantize_model: QuantizeModel = quantize_model) -> dict[str, dict[int, Times]]:
    """Seconds of a 1024 x 1024 layer computed in several ways, which take turns.

    Returns:
        A dict from the way to a dict from batch size (1 and 64) to seconds, all of shape
        (rounds,). ONNX Runtime is left out unless onnx and onnxruntime can be imported.
    """
    rng = np.random.default_rng(0)
    layer = Linear(1024, 1024, rng=rng)
    inputs = {size: Tensor(rng.standard_normal((size, 1024))) for size in BATCHES}
    ways: dict[str, Callable[[Tensor], Any]] = {FP32: layer}
    for name, quantize in (("yours", quantize_model), ("library", library_quantize_model)):
        weight_only, calibrated = Sequential(layer), Sequential(layer)
        quantize(weight_only)
        quantize(calibrated, [inputs[64]])
        ways |= {f"{name},\nweights": weight_only, f"{name},\ncalibrated": calibrated}
    run = in_engine(calibrated, spinning=False)
    if run is not None:
        ways[ENGINE] = lambda x: run(x.data)
    calls = {
        f"{name} {size}": partial(way, x)
        for name, way in ways.items()
        for size, x in inputs.items()
    }
    times = seconds_in_turns(calls, ROUNDS, SECONDS)
    return {name: {size: times[f"{name} {size}"] for size in BATCHES} for name in ways}


@figure(1, len(BATCHES), height=4.1)
def speed(axes: Any, quantize_model: QuantizeModel = quantize_model) -> None:
    """Draw the time of a 1024 x 1024 layer relative to NumPy in FP32, for two batch sizes.

    Args:
        quantize_model: changes a Sequential in place, with or without a list of Tensors for
            calibration.

    Returns:
        A matplotlib Figure of two panels, and a caption that says what they come to.
    """
    times = measure_speed(quantize_model)
    series = [taken for way in times.values() for taken in way.values()]
    is_busy = was_busy(series)
    colours = [FP32_COLOUR, *[INT8_COLOUR] * 2, *[OTHER_COLOUR] * 2, ENGINE_COLOUR]
    found = {}
    for axis, size in zip(axes[0], BATCHES, strict=True):
        base = times[FP32][size]
        relative = [way[size] / base.min() for way in times.values()]
        timed_bars(axis, list(times), relative, _times, colours[: len(times)])
        axis.axhline(1, color=FP32_COLOUR, linestyle="--", linewidth=1, zorder=0)
        found[size] = compare(times[YOURS][size], base, is_busy)
        title = f"Batch {size}: your layer\n{found[size].takes('FP32')}"
        describe(axis, title, "", f"time (1 = {1e3 * base.min():.2f} ms)")
        axis.tick_params(axis="x", labelsize=9.5)
    told = [_in_numpy(found)]
    if ENGINE in times:
        told.append(_in_the_engine(compare(times[ENGINE][64], times[FP32][64])))
    caption(axes, concluded(" ".join(told), series, is_busy))


def _times(ratio: float) -> str:
    return f"{factor(ratio)} x"


def _in_numpy(found: dict[int, Comparison]) -> str:
    words = {size: WORDS[comparison.verdict] for size, comparison in found.items()}
    if len(set(words.values())) == 1:
        return f"At both batch sizes, {words[1]}."
    return f"At batch 1, {words[1]}; at batch 64, {words[64]}."


def _in_the_engine(comparison: Comparison) -> str:
    if comparison.verdict == "less":
        faster = factor(1 / comparison.ratio)
        return (
            f"ONNX Runtime, which multiplies integers, is {faster} x as fast as FP32 at batch 64."
        )
    return f"ONNX Runtime {comparison.takes('FP32')} at batch 64."
