"""The student's own model in ONNX Runtime: the same numbers, and what integers do to time there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import Linear, ReLU, Sequential
from tinytorch.core.system import IN_BROWSER
from tinytorch.core.tensor import Tensor
from tinytorch.datasets import load_digits
from tinytorch.lessons.quantization.figures.drawing import (
    ENGINE_COLOUR,
    FP32_COLOUR,
    caption,
    describe,
)
from tinytorch.lessons.quantization.figures.models import QuantizeModel, digit_models
from tinytorch.lessons.quantization.figures.placeholder import FigurePlaceholder, figure
from tinytorch.lessons.quantization.figures.production.timing import (
    Comparison,
    compare,
    concluded,
    factor,
    timed_bars,
    was_busy,
)
from tinytorch.lessons.quantization.figures.students import outputs, require_deployable
from tinytorch.perf.deploy.engine import session
from tinytorch.perf.deploy.onnx import onnx_model
from tinytorch.perf.deploy.own_layers import deployable_layers
from tinytorch.perf.profiling import seconds_in_turns
from tinytorch.perf.quantization import quantize_model

Array = NDArray[Any]
WIDTH, LAYERS, BATCH = 2048, 2, 64
ROUNDS, SECONDS = 20, 2.0
NO_ENGINE = (
    "ONNX Runtime, which is not here in the browser. Run the notebook on your machine or on Binder "
    "to see it" if IN_BROWSER
    else "ONNX Runtime. Run %pip install onnx onnxruntime in a cell, then restart the kernel"
)  # fmt: skip


def in_engine(model: Sequential, spinning: bool = True) -> Callable[[Array], Array] | None:
    """A model as ONNX Runtime computes it.

    Args:
        model: a Sequential; quantized layers are the library's.
        spinning: whether its idle threads keep processors busy, as they do by default, which is
            quicker for it and slows down what is timed next.

    Returns:
        A function from inputs (rows, in) to outputs (rows, out), both float32; None where onnx or
        ONNX Runtime is not installed.
    """
    try:
        ran = session(onnx_model(model, "the figure"), spinning=spinning)
    except ImportError:
        return None
    return lambda x: ran.run(None, {"x": x})[0]


def measure_engine(quantize_model: QuantizeModel = quantize_model) -> dict[str, Any] | None:
    """The digit network and a wide one, quantized by a student's function, in ONNX Runtime.

    Returns:
        None where ONNX Runtime is not installed; else a dict of outputs and engine_outputs, arrays
        of shape (2000, 10), of the held-out digits: by tinytorch's integers and by the engine from
        the student's codes and scales; own_outputs, by the student's own layers; and fp32_seconds
        and int8_seconds, arrays of shape (rounds,), of two 2048 x 2048 layers in the engine at
        batch 64, which took turns.
    """
    _, own = digit_models(quantize_model)
    images = load_digits().test_images
    own_outputs = outputs(own, images)
    require_deployable(own)
    model = Sequential([layer for _, layer in deployable_layers(own)])
    run = in_engine(own)
    if run is None:
        return None
    rng = np.random.default_rng(0)
    wide = Sequential()
    for _ in range(LAYERS):
        wide.layers += [Linear(WIDTH, WIDTH, rng=rng), ReLU()]
    x = Tensor(rng.standard_normal((BATCH, WIDTH)))
    engines = {"FP32": in_engine(wide, spinning=False)}
    quantize_model(wide, [x])
    engines["INT8"] = in_engine(wide, spinning=False)
    calls = {name: partial(ran, x.data) for name, ran in engines.items() if ran is not None}
    times = seconds_in_turns(calls, ROUNDS, SECONDS)
    return {
        "outputs": model(images).data,
        "engine_outputs": run(images.data),
        "own_outputs": own_outputs.data,
        "fp32_seconds": times["FP32"],
        "int8_seconds": times["INT8"],
    }


@figure(1, 2, height=4.1)
def production_engine(
    axes: Any, quantize_model: QuantizeModel = quantize_model
) -> FigurePlaceholder | None:
    """Draw a student's quantized network in ONNX Runtime: its outputs, and its time.

    Args:
        quantize_model: changes a Sequential in place, with a list of Tensors for calibration.

    Returns:
        A matplotlib Figure of two panels, and a caption that says what the second one comes to;
        where ONNX Runtime is not installed, a sentence that says what to install.
    """
    found = measure_engine(quantize_model)
    if found is None:
        return FigurePlaceholder(NO_ENGINE)
    scatter, times = axes[0]
    here, there = found["outputs"], found["engine_outputs"]
    scatter.plot(here.ravel(), there.ravel(), ".", color=ENGINE_COLOUR, markersize=3)
    difference, own = (float(np.abs(there - y).max()) for y in (here, found["own_outputs"]))
    scatter.text(
        0.04, 0.95, f"from your layers' floats: {own:.1g}", transform=scatter.transAxes, va="top"
    )
    title = f"Largest difference between the two: {difference:.2g}"
    x_label, y_label = "output of tinytorch, in integers", "output of ONNX Runtime"
    describe(scatter, title, x_label, y_label)

    taken = [1e3 * found[f"{name}_seconds"] for name in ("fp32", "int8")]
    names = ["FP32 in\nONNX Runtime", "your INT8 in\nONNX Runtime"]
    timed_bars(times, names, taken, "{:.3g} ms".format, [FP32_COLOUR, ENGINE_COLOUR])
    is_busy = was_busy(taken)
    comparison = compare(taken[1], taken[0], is_busy)
    if comparison.verdict == "less":
        title = f"INT8 is {factor(1 / comparison.ratio)} x as fast"
    else:
        title = f"INT8 {comparison.takes('FP32')}"
    y_label = f"time of {LAYERS} layers of {WIDTH} x {WIDTH},\nbatch {BATCH} (ms)"
    describe(times, title, "", y_label)
    caption(axes, concluded(_conclusion(comparison), taken, is_busy))
    return None


def _conclusion(comparison: Comparison) -> str:
    return {
        "less": "In the engine, integers save time.",
        "same": "On this machine, integers are no faster: its processor may lack instructions for "
        "products of int8.",
        "more": "On this machine, integers cost time even in the engine: its processor may lack "
        "instructions for products of int8.",
        "unclear": "The times vary too much to tell whether integers save time.",
    }[comparison.verdict]
