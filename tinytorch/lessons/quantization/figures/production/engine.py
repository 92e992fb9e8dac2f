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
    bars,
    describe,
)
from tinytorch.lessons.quantization.figures.models import QuantizeModel, digit_models
from tinytorch.lessons.quantization.figures.placeholder import FigurePlaceholder, figure
from tinytorch.perf.deploy.engine import session
from tinytorch.perf.deploy.onnx import onnx_model
from tinytorch.perf.deploy.own_layers import deployable_layers
from tinytorch.perf.profiling import seconds
from tinytorch.perf.quantization import quantize_model

Array = NDArray[Any]
WIDTH, LAYERS, BATCH = 2048, 2, 64
INSTALL = "ONNX Runtime. Run %pip install onnx onnxruntime in a cell, then restart the kernel"
NOT_IN_A_BROWSER = (
    "ONNX Runtime, which is not here in the browser. Run the notebook on your machine or on Binder "
    "to see it"
)


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
        and int8_seconds (medians) of two 2048 x 2048 layers in the engine, at batch 64.
    """
    _, own = digit_models(quantize_model)
    images = load_digits().test_images
    model = Sequential([layer for _, layer in deployable_layers(own)])
    run = in_engine(own)
    if run is None:
        return None
    rng = np.random.default_rng(0)
    wide = Sequential()
    for _ in range(LAYERS):
        wide.layers += [Linear(WIDTH, WIDTH, rng=rng), ReLU()]
    x = Tensor(rng.standard_normal((BATCH, WIDTH)))
    times = []
    for _ in range(2):
        engine = in_engine(wide)
        assert engine is not None
        times.append(seconds(partial(engine, x.data), repeats=25, warmup=5))
        if len(times) == 1:
            quantize_model(wide, [x])
    return {
        "outputs": model(images).data,
        "engine_outputs": run(images.data),
        "own_outputs": own(images).data,
        "fp32_seconds": times[0],
        "int8_seconds": times[1],
    }


@figure(1, 2)
def production_engine(
    axes: Any, quantize_model: QuantizeModel = quantize_model
) -> FigurePlaceholder | None:
    """Draw a student's quantized network in ONNX Runtime: its outputs, and its time.

    Args:
        quantize_model: changes a Sequential in place, with a list of Tensors for calibration.

    Returns:
        A matplotlib Figure of two panels; where ONNX Runtime is not installed, a sentence that
        says what to install.
    """
    found = measure_engine(quantize_model)
    if found is None:
        return FigurePlaceholder(NOT_IN_A_BROWSER if IN_BROWSER else INSTALL)
    outputs, times = axes[0]
    here, there = found["outputs"], found["engine_outputs"]
    outputs.plot(here.ravel(), there.ravel(), ".", color=ENGINE_COLOUR, markersize=3)
    difference, own = (float(np.abs(there - y).max()) for y in (here, found["own_outputs"]))
    outputs.text(
        0.04, 0.92, f"from your layers' floats: {own:.1g}", transform=outputs.transAxes, va="top"
    )
    title = f"Largest difference between the two: {difference:.2g}"
    describe(outputs, title, "tinytorch, in integers", "ONNX Runtime")
    milliseconds = [1e3 * found[f"{name}_seconds"] for name in ("fp32", "int8")]
    texts = [f"{value:.2f} ms" for value in milliseconds]
    names = ["ONNX Runtime\nFP32", "ONNX Runtime\nINT8"]
    bars(times, names, milliseconds, texts, [FP32_COLOUR, ENGINE_COLOUR])
    ratio = milliseconds[0] / milliseconds[1]
    title = f"{LAYERS} layers of {WIDTH} x {WIDTH}: INT8 is {ratio:.1f} x as fast"
    describe(times, title, "", f"median time, batch {BATCH} (ms)")
    return None
