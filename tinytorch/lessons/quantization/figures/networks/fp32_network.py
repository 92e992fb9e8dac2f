"""Where the lesson starts: the FP32 network, what it can do and how many bytes it takes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.core.layers import Linear
from tinytorch.core.training import predict
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.lessons.quantization.figures.drawing import FP32_COLOUR, INT8_COLOUR, describe
from tinytorch.lessons.quantization.figures.panels import VALUE_SIZE, digit_images, paired_bars
from tinytorch.lessons.quantization.figures.placeholder import figure

COLUMNS = 4  # of images: two rows that the network reads right, one that it reads wrong


def measure_fp32_network() -> dict[str, Any]:
    """What the shipped network predicts, its bytes and its weights, all in FP32.

    Returns:
        A dict of predictions, integers of shape (2000,), and accuracy (0 to 1), on the held-out
        digits; layers, a list of dicts with name, shape, parameters (weights and biases) and
        bytes (from nbytes); and weights, float32 of shape (234752,), of all layers without biases.
    """
    digits, model = load_digits(), load_digits_model()
    predictions = predict(model, digits.test_images)
    linears = {
        str(position): layer
        for position, layer in enumerate(model.layers)
        if isinstance(layer, Linear)
    }
    return {
        "predictions": predictions,
        "accuracy": float(np.mean(predictions == digits.test_labels)),
        "layers": [
            {
                "name": name,
                "shape": layer.weight.shape,
                "parameters": sum(tensor.size for tensor in layer.parameters()),
                "bytes": sum(tensor.nbytes for tensor in layer.parameters()),
            }
            for name, layer in linears.items()
        ],
        "weights": np.concatenate([layer.weight.data.ravel() for layer in linears.values()]),
    }


def _thousands(count: float) -> str:
    return f"{count / 1000:,.0f} k"


@figure(1, 3)
def fp32_network(axes: Any) -> None:
    """Draw what the FP32 network reads, how many bytes it takes and how its weights lie.

    Returns:
        A matplotlib Figure of three panels.
    """
    digits, numbers = load_digits(), measure_fp32_network()
    labels, predictions = digits.test_labels, numbers["predictions"]
    right = [np.flatnonzero((predictions == labels) & (labels == d))[0] for d in range(2 * COLUMNS)]
    wrong = np.flatnonzero(predictions != labels)[:COLUMNS]
    shown = [*right, *wrong]
    images = digits.test_images.data[shown]
    digit_images(axes[0, 0], images, predictions[shown], labels[shown], COLUMNS)
    axes[0, 0].get_gridspec().set_width_ratios([1.35, 1.15, 1])
    title = f"It reads {100 * numbers['accuracy']:.1f} % of {labels.size:,}\nheld-out digits right"
    describe(axes[0, 0], title, "", "")

    layers = numbers["layers"]
    names = [
        f"layer {layer['name']}\n{layer['shape'][0]} x {layer['shape'][1]}" for layer in layers
    ]
    fp32_bytes = [layer["bytes"] for layer in layers]
    one_each = [layer["parameters"] for layer in layers]
    pairs = [
        ("FP32", FP32_COLOUR, fp32_bytes, _thousands),
        ("one byte each", INT8_COLOUR, one_each, _thousands),
    ]
    paired_bars(axes[0, 1], names, pairs)
    axes[0, 1].legend(frameon=False)
    axes[0, 1].yaxis.set_major_formatter("{x:,.0f}")
    title = f"It takes {sum(fp32_bytes):,} bytes;\nwith one byte each, {sum(one_each):,}"
    describe(axes[0, 1], title, "", "bytes of weights and biases")
    axes[0, 1].tick_params(axis="x", labelsize=VALUE_SIZE)

    weights = numbers["weights"]
    axes[0, 2].hist(weights, 60, color=FP32_COLOUR)
    axes[0, 2].yaxis.set_major_formatter("{x:,.0f}")
    for end in (weights.min(), weights.max()):
        axes[0, 2].axvline(end, color="black", linestyle="--", linewidth=1)
    title = f"Its {weights.size:,} weights lie\nfrom {weights.min():.2f} to {weights.max():.2f}"
    describe(axes[0, 2], title, "weight (all layers)", "weights per bin")
