"""How errors grow in a deep network: they partly cancel, so they add up to less than their sum."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np

from tinytorch.core.layers import Linear, ReLU, Sequential
from tinytorch.core.training import fit
from tinytorch.datasets import load_digits
from tinytorch.lessons.quantization.figures.drawing import (
    FP32_COLOUR,
    GRID_COLOUR,
    INT8_COLOUR,
    OTHER_COLOUR,
    bars,
    caption,
    describe,
)
from tinytorch.lessons.quantization.figures.models import (
    CALIBRATION_IMAGES,
    QuantizeModel,
    quantized_copy,
)
from tinytorch.lessons.quantization.figures.networks.bit_widths import layer_errors
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.lessons.quantization.figures.students import require_rounding
from tinytorch.perf.analysis import prediction_flips
from tinytorch.perf.quantization import quantize_model

LAYERS, WIDTH, EPOCHS = 8, 48, 10
CHANGES = ("right_to_wrong", "wrong_to_right", "wrong_to_wrong")


@functools.cache
def _trained() -> Sequential:
    """A narrow network of eight Linear layers, trained on 1,000 digits in a few seconds."""
    rng = np.random.default_rng(0)
    digits = load_digits()
    sizes = [digits.train_images.shape[1], *(LAYERS - 1) * [WIDTH], 10]
    model = Sequential()
    for inputs, outputs in itertools.pairwise(sizes):
        model.layers += [Linear(inputs, outputs, rng=rng), ReLU()]
    del model.layers[-1]
    fit(model, digits.train_images, digits.train_labels, epochs=EPOCHS, learning_rate=0.02,
        progress=False)  # fmt: skip
    return model


def measure_deep_network(quantize_model: QuantizeModel = quantize_model) -> dict[str, Any]:
    """Quantize a network of eight layers, and follow the error through it.

    Returns:
        A dict of own and total, arrays of shape (8,): the error that enters in a layer, and all
        error of its output, in percent of the output's root mean square; added and independent,
        what the own errors up to there come to if they add up, and if they are independent (the
        root of the sum of squares); and flips, as from `prediction_flips` on the held-out digits.
    """
    digits, fp32_model = load_digits(), _trained()
    samples = [digits.train_images[:CALIBRATION_IMAGES]]
    int8_model = quantized_copy(fp32_model, quantize_model, samples)
    rows = layer_errors(fp32_model, int8_model)
    require_rounding(min(row["total_db"] for row in rows), "QuantizedLinear")
    own = np.array([row["own_percent"] for row in rows])
    return {
        "own": own,
        "total": np.array([row["total_percent"] for row in rows]),
        "added": np.cumsum(own),
        "independent": np.sqrt(np.cumsum(own**2)),
        "flips": prediction_flips(fp32_model, int8_model, digits.test_images, digits.test_labels),
    }


@figure(1, 2, height=4.1)
def deep_network(axes: Any, quantize_model: QuantizeModel = quantize_model) -> None:
    """Draw the error of every layer of a deep network, and which predictions change.

    Args:
        quantize_model: changes a Sequential in place, given a list of Tensors for calibration.

    Returns:
        A matplotlib Figure of two panels, and a caption that says what the second one means.
    """
    found = measure_deep_network(quantize_model)
    errors, changes = axes[0]
    places = np.arange(1, LAYERS + 1)
    errors.bar(places, found["own"], color=OTHER_COLOUR, width=0.6, label="enters in this layer")
    errors.plot(places, found["added"], "--", color=GRID_COLOUR, label="if errors added up")
    errors.plot(places, found["independent"], "--", color=FP32_COLOUR, label="if independent")
    errors.plot(places, found["total"], "o-", color=INT8_COLOUR, label="all so far, measured")
    errors.legend(frameon=False)
    errors.set_xticks(places)
    share = found["total"][-1] / found["added"][-1]
    title = f"Behind {LAYERS} layers, {100 * share:.0f} % of the sum of all errors is left"
    describe(errors, title, "Linear layer", "error of the output (% of its RMS)")

    flips = found["flips"]
    counts = [flips[change] for change in CHANGES]
    names = [change.replace("_to_", "\nto ") for change in CHANGES]
    colours = [INT8_COLOUR, OTHER_COLOUR, GRID_COLOUR]
    bars(changes, names, counts, [f"{count}" for count in counts], colours)
    gain = 100 * (flips["int8_accuracy"] - flips["fp32_accuracy"])
    how = "as many points as" if gain == 0 else f"{abs(gain):.2f} points {_side(gain)}"
    title = f"{flips['flips']} of {flips['images']:,} predictions change:\nINT8 scores {how} FP32"
    describe(changes, title, "", "held-out images")
    bound = 100 * flips["accuracy_loss_bound"]
    caption(
        axes,
        "Predictions that were close may change in either direction; chance decides in which. "
        f"With 95 % confidence, INT8 loses at most {max(bound, 0):.2f} points on other images.",
    )


def _side(gain: float) -> str:
    return "above" if gain > 0 else "below"
