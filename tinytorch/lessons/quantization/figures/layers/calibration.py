"""How the data for calibration change the result: how many images, and which."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import accuracy
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.lessons.quantization.figures.drawing import FP32_COLOUR, INT8_COLOUR, bars, describe
from tinytorch.lessons.quantization.figures.models import QuantizeModel, quantized_copy
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.lessons.quantization.figures.students import outputs, require_rounding
from tinytorch.perf.analysis import sqnr_db
from tinytorch.perf.quantization import quantize_model

Array = NDArray[Any]

IMAGES = [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000]
DRAWS = 9
LAYER = 2  # the second Linear: its inputs are activations, whose range has to be learnt


def measure_calibration_samples(quantize_model: QuantizeModel = quantize_model) -> dict[str, Array]:
    """Calibrate the digit network on few and many images, several random draws each.

    Returns:
        A dict of images, shape (11,); and scale, saturated and accuracy, each of shape (11, 9)
        for 9 draws. The scale and the saturated share (0 to 1) belong to the inputs of the second
        Linear, the share to its inputs for the held-out images in the FP32 model.
    """
    digits, model = load_digits(), load_digits_model()
    held_out = digits.test_images
    for layer in model.layers[:LAYER]:
        held_out = layer(held_out)
    rng = np.random.default_rng(0)
    # The images of nearly every draw have the same range, and so the same first layer follows from
    # them: it takes most of the time, and is computed once for each range.
    first_outputs: dict[tuple[float, int], Tensor] = {}
    measured = np.zeros((3, len(IMAGES), DRAWS))
    for row, images in enumerate(IMAGES):
        for draw in range(DRAWS):
            chosen = rng.choice(len(digits.train_images.data), images, replace=False)
            samples = [Tensor(digits.train_images.data[chosen])]
            quantized = quantized_copy(model, quantize_model, samples)
            scale = quantized.layers[LAYER].input_scale
            codes = np.rint(held_out.data / scale) + quantized.layers[LAYER].input_zero_point
            saturated = np.mean((codes < -128) | (codes > 127))
            first, *others = quantized.layers
            qparams = float(first.input_scale), int(first.input_zero_point)
            if qparams not in first_outputs:
                first_outputs[qparams] = outputs(Sequential(first), digits.test_images)
            computed = outputs(Sequential(*others), first_outputs[qparams])
            read = computed.data.argmax(axis=1)
            measured[:, row, draw] = scale, saturated, np.mean(read == digits.test_labels)
    names = ("scale", "saturated", "accuracy")
    return {"images": np.array(IMAGES), **dict(zip(names, measured, strict=True))}


@figure(1, 3)
def calibration_samples(axes: Any, quantize_model: QuantizeModel = quantize_model) -> None:
    """Draw the scale, the saturation and the accuracy against the number of calibration images.

    Args:
        quantize_model: changes a Sequential in place, given a list of Tensors for calibration;
            its layers then have input_scale and input_zero_point.

    Returns:
        A matplotlib Figure of three panels: a dot per random draw, a line through the medians.
    """
    numbers = measure_calibration_samples(quantize_model)
    images, percent = numbers["images"], 100 * numbers["accuracy"]
    panels = zip(axes[0], (numbers["scale"], 100 * numbers["saturated"], percent), strict=True)
    for axis, draws in panels:
        axis.semilogx(images, draws, "o", color=INT8_COLOUR, markersize=4, alpha=0.3, mew=0)
        axis.semilogx(images, np.median(draws, axis=1), color=INT8_COLOUR, linewidth=2)
        axis.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
        axis.set_ylim(bottom=0)
    axes[0, 2].set_ylim(max(0.0, percent.min() - 3), min(100.0, percent.max() + 2))
    x_label = "calibration images"
    first, last = (np.median(numbers["scale"][row]) for row in (0, -1))
    title = f"Scale {first:.3f} with {images[0]} image,\n{last:.3f} with {images[-1]}"
    describe(axes[0, 0], title, x_label, "input scale (units per code)")
    first, last = (np.median(100 * numbers["saturated"][row]) for row in (0, -1))
    title = f"{first:.2f} % saturate with {images[0]} image,\n{last:.2f} % with {images[-1]}"
    describe(axes[0, 1], title, x_label, "saturated held-out inputs (%)")
    title = f"Accuracy: {percent.min():.1f}\nto {percent.max():.1f} %"
    describe(axes[0, 2], title, x_label, "held-out accuracy (%)")


def measure_biased_calibration(
    quantize_model: QuantizeModel = quantize_model,
) -> dict[str, dict[str, float]]:
    """Quantize the digit network with good and with biased calibration images.

    Returns:
        A dict from the kind of images to dicts of accuracy (0 to 1) and sqnr_db of the outputs,
        on the held-out images; "FP32" has the accuracy alone.
    """
    digits, model = load_digits(), load_digits_model()
    images = digits.train_images.data
    kinds = {
        "300 different\nimages": images[:300],
        "300 copies\nof one image": np.repeat(images[:1], 300, axis=0),
        "300 dark images\n(brightness / 4)": images[:300] / np.float32(4),
    }
    exact = model(digits.test_images)
    results = {"FP32": {"accuracy": accuracy(model, digits.test_images, digits.test_labels)}}
    for name, samples in kinds.items():
        quantized = quantized_copy(model, quantize_model, [Tensor(samples)])
        computed = outputs(quantized, digits.test_images)
        results[name] = {
            "accuracy": float(np.mean(computed.data.argmax(axis=1) == digits.test_labels)),
            "sqnr_db": sqnr_db(exact, computed),
        }
    return results


@figure(1, 2)
def biased_calibration(axes: Any, quantize_model: QuantizeModel = quantize_model) -> None:
    """Draw what calibration on images unlike the real ones costs.

    Args:
        quantize_model: changes a Sequential in place, given a list of Tensors for calibration.

    Returns:
        A matplotlib Figure of two panels.
    """
    results = measure_biased_calibration(quantize_model)
    fp32 = 100 * results.pop("FP32")["accuracy"]
    names = list(results)
    percent = [100 * row["accuracy"] for row in results.values()]
    decibels = [row["sqnr_db"] for row in results.values()]
    require_rounding(max(decibels), "QuantizedLinear")
    colours = [INT8_COLOUR] * len(names)
    bars(axes[0, 0], names, percent, [f"{value:.1f} %" for value in percent], colours)
    axes[0, 0].axhline(fp32, color=FP32_COLOUR, linestyle="--", linewidth=1)
    axes[0, 0].text(2.4, fp32 + 2, f"FP32: {fp32:.1f} %", color=FP32_COLOUR, ha="right")
    axes[0, 0].set_ylim(0, 120)
    axes[0, 0].set_yticks(range(0, 101, 20))
    bars(axes[0, 1], names, decibels, [f"{value:.1f} dB" for value in decibels], colours)
    title = f"Dark images cost {fp32 - percent[-1]:.1f} points of accuracy"
    describe(axes[0, 0], title, "", "held-out accuracy (%)")
    copies, dark = (decibels[0] - value for value in decibels[1:])
    title = f"Copies cost {copies:.1f} dB of SQNR, dark images {dark:.1f}"
    describe(axes[0, 1], title, "", "SQNR of the outputs (dB)")
