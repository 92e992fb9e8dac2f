"""What one quantized layer does: to its outputs, and to its inputs once it is calibrated."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.lessons.quantization.figures.drawing import (
    FP32_COLOUR,
    GRID_COLOUR,
    INT8_COLOUR,
    describe,
)
from tinytorch.lessons.quantization.figures.models import MakeLayer
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.lessons.quantization.figures.students import require_rounding
from tinytorch.perf.analysis import sqnr_db
from tinytorch.perf.quantization.linear import QuantizedLinear

STEPS = 8  # shown of the 255
POINTS_PER_STEP = 64


def measure_layer_outputs(QuantizedLinear: MakeLayer = QuantizedLinear) -> dict[str, Any]:
    """Outputs of the shipped network's first Linear for the held-out digits, FP32 and INT8.

    Returns:
        A dict of fp32 and int8, float64 arrays of shape (2000, 256); rms, of the FP32 outputs; and
        sqnr_db. The INT8 layer is not calibrated: only its weights and biases are quantized.
    """
    images, layer = load_digits().test_images, load_digits_model().layers[0]
    fp32 = np.asarray(layer(images), dtype=np.float64)
    int8 = np.asarray(QuantizedLinear(layer)(images), dtype=np.float64)
    rms = float(np.sqrt(np.mean(fp32**2)))
    return {"fp32": fp32, "int8": int8, "rms": rms, "sqnr_db": sqnr_db(fp32, int8)}


@figure(1, 2)
def layer_outputs(axes: Any, QuantizedLinear: MakeLayer = QuantizedLinear) -> None:
    """Draw the outputs of a layer in FP32 against those in INT8, and their differences.

    Args:
        QuantizedLinear: makes from a Linear a layer that can be called with a Tensor.

    Returns:
        A matplotlib Figure of two panels.
    """
    numbers = measure_layer_outputs(QuantizedLinear)
    require_rounding(numbers["sqnr_db"], "QuantizedLinear")
    fp32, int8 = numbers["fp32"].ravel(), numbers["int8"].ravel()
    axis = axes[0, 0]
    ends = [min(fp32.min(), int8.min()), max(fp32.max(), int8.max())]
    axis.plot(ends, ends, color=GRID_COLOUR, linewidth=5, label="equal")
    axis.plot(fp32, int8, ".", color=INT8_COLOUR, markersize=2, mew=0, label="output")
    axis.legend(frameon=False, markerscale=5)
    title = f"{fp32.size:,} outputs of layer 0:\nSQNR {numbers['sqnr_db']:.1f} dB"
    describe(axis, title, "output in FP32", "output in INT8")

    percent = 100 * (int8 - fp32) / numbers["rms"]
    axes[0, 1].hist(percent, 80, color=INT8_COLOUR)
    axes[0, 1].axvline(0, color=FP32_COLOUR, linestyle="--", linewidth=1)
    axes[0, 1].yaxis.set_major_formatter("{x:,.0f}")
    typical, worst = np.sqrt(np.mean(percent**2)), np.abs(percent).max()
    title = f"Errors: typically {typical:.2f} %\nof the RMS, at most {worst:.1f} %"
    x_label = f"INT8 - FP32 (% of the outputs' RMS, {numbers['rms']:.2f})"
    describe(axes[0, 1], title, x_label, "outputs per bin")


def measure_calibrated_inputs(
    QuantizedLinear: MakeLayer = QuantizedLinear,
) -> dict[str, NDArray[Any]]:
    """What a layer of weight 1 makes of inputs from -0.5 to 2, calibrated on 0 to 1 and not.

    Returns:
        A dict of inputs, plain (not calibrated) and calibrated, float64 arrays of one shape,
        64 inputs for every step of 1/255.
    """
    layer = Linear(1, 1, bias=False)
    layer.weight = Tensor([[1.0]])
    # In parts of a step and without the middles between steps, where rounding may go either way.
    parts = np.arange(-127 * POINTS_PER_STEP, 510 * POINTS_PER_STEP) + 0.5
    inputs = (parts / (255 * POINTS_PER_STEP)).astype(np.float32)
    samples = [Tensor(np.linspace(0, 1, 101, dtype=np.float32).reshape(-1, 1))]
    calibrated, plain = QuantizedLinear(layer), QuantizedLinear(layer)
    calibrated.calibrate(samples)
    column = Tensor(inputs.reshape(-1, 1))
    outputs = {"plain": plain(column), "calibrated": calibrated(column)}
    measured = {name: np.asarray(y, dtype=np.float64).ravel() for name, y in outputs.items()}
    return {"inputs": inputs.astype(np.float64), **measured}


@figure(1, 2)
def calibrated_inputs(axes: Any, QuantizedLinear: MakeLayer = QuantizedLinear) -> None:
    """Draw how a calibrated layer rounds its inputs, and cuts off those that it never saw.

    The layer has weight 1 and no bias, so that its output is the input as the layer sees it.

    Args:
        QuantizedLinear: makes from a Linear a layer that can be called with a Tensor, and has a
            method `calibrate` for a list of Tensors.

    Returns:
        A matplotlib Figure of two panels: all inputs, and a zoom on the first steps from 0.
    """
    numbers = measure_calibrated_inputs(QuantizedLinear)
    inputs, calibrated = numbers["inputs"], numbers["calibrated"]
    everywhere = np.full(inputs.shape, True)
    shown = (inputs > 0) & (inputs < STEPS / 255)
    for axis, part, unit in zip(axes[0], (everywhere, shown), (1.0, 255.0), strict=True):
        x = unit * inputs[part]
        axis.plot(x, unit * numbers["plain"][part], color=FP32_COLOUR, label="not calibrated")
        axis.plot(x, unit * calibrated[part], color=INT8_COLOUR, linewidth=2, label="calibrated")
        axis.legend(frameon=False)
    axes[0, 0].axvspan(0, 1, color=GRID_COLOUR, alpha=0.3, linewidth=0)
    axes[0, 0].text(0.5, -0.45, "range seen in\ncalibration", ha="center")
    title = f"Calibrated on 0 to 1:\noutputs from {calibrated.min():.2f} to {calibrated.max():.2f}"
    describe(axes[0, 0], title.replace("-0.00", "0.00"), "input (units)", "output (units)")
    inside = calibrated[(inputs > 0) & (inputs < 1)]
    outputs = np.unique(inside).size
    title = (
        f"Zoom on the first {STEPS} steps\n({inside.size:,} inputs from 0 to 1: {outputs} outputs)"
    )
    describe(axes[0, 1], title, "input (steps of 1/255)", "output (steps of 1/255)")
    axes[0, 1].set_xticks(range(STEPS + 1))
    axes[0, 1].set_yticks(range(STEPS + 1))
