"""What rescaled hidden units do to quantization, and what helps."""

from __future__ import annotations

import warnings
from typing import Any

from tinytorch.core.layers import Sequential
from tinytorch.core.training import accuracy
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.lessons.quantization.figures.drawing import (
    FP32_COLOUR,
    GRID_COLOUR,
    INT8_COLOUR,
    describe,
)
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.perf.analysis import equalize, rescale_hidden_units, simulate
from tinytorch.perf.quantization import quantize_model


def measure_rescaled_network() -> dict[str, dict[str, float]]:
    """Accuracy of the trained network and of the same function, rescaled, each quantized.

    Returns:
        A dict from "trained" and "rescaled" to dicts from the kind of quantization to the
        accuracy on the held-out digits, 0 to 1. Weights and activations have 8 bits.
    """
    digits, trained = load_digits(), load_digits_model()
    rescaled = rescale_hidden_units(trained)
    samples = [digits.train_images]

    def measured(model: Sequential) -> float:
        return accuracy(model, digits.test_images, digits.test_labels)

    def per_tensor(model: Sequential) -> Sequential:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # what is lost is what the figure shows
            quantize_model(model, samples, progress=False)
        return model

    per_channel = simulate(rescaled, axis=1, calibration_data=samples)
    accuracies = {"FP32": measured(rescaled), "INT8\nper channel": measured(per_channel)}
    accuracies["equalized,\nINT8 per tensor"] = measured(per_tensor(equalize(rescaled)))
    accuracies["INT8\nper tensor"] = measured(per_tensor(rescaled))
    order = ["FP32", "INT8\nper tensor", "INT8\nper channel", "equalized,\nINT8 per tensor"]
    return {
        "trained": {"FP32": measured(trained), "INT8\nper tensor": measured(per_tensor(trained))},
        "rescaled": {name: accuracies[name] for name in order},
    }


@figure(1, 1)
def rescaled_network(axes: Any) -> None:
    """Draw the accuracy of the same function when its hidden units are scaled against each other.

    Returns:
        A matplotlib Figure of one panel.
    """
    axis = axes[0, 0]
    accuracies = measure_rescaled_network()
    names = [name for group in accuracies.values() for name in group]
    percent = [100 * value for group in accuracies.values() for value in group.values()]
    # A space between the two networks.
    x = [0.0, 1.0, 2.6, 3.6, 4.6, 5.6]
    colours = [FP32_COLOUR if name == "FP32" else INT8_COLOUR for name in names]
    drawn = axis.bar(x, percent, 0.65, color=colours)
    axis.bar_label(drawn, [f"{value:.1f} %" for value in percent], padding=3)
    axis.set_xticks(x, names)
    axis.axvline(1.8, color=GRID_COLOUR, linewidth=1)
    for middle, text in ((0.5, "as trained"), (4.1, "same function, hidden units rescaled")):
        axis.text(middle, 118, text, ha="center", fontsize=10, weight="bold")
    axis.set_ylim(0, 125)
    axis.set_yticks(range(0, 101, 20))
    _, per_tensor, _, equalized = accuracies["rescaled"].values()
    title = (
        f"Rescaled: {100 * per_tensor:.1f} % with one scale per tensor, {100 * equalized:.1f} % "
        "once equalized"
    )
    describe(axis, title, "", "held-out accuracy (%)")
