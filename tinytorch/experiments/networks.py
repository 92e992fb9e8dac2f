"""What quantization does to the trained network: fewer bits, layer by layer, and three fates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.core.layers import Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import accuracy
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.demo import demo_models
from tinytorch.perf.analysis import (
    bit_width_sweep,
    equalize,
    layer_report,
    rescale_hidden_units,
    simulate,
)
from tinytorch.perf.quantization import quantize_model
from tinytorch.plots import (
    FP32_COLOUR,
    GRID_COLOUR,
    INT8_COLOUR,
    OTHER_COLOUR,
    describe,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GRANULARITIES = {"per tensor": None, "per channel": 1}


def measure_bit_width_cliff() -> dict[str, list[dict[str, Any]]]:
    """The rows of `bit_width_sweep` on the held-out digits, per tensor and per channel.

    Returns:
        A dict from "per tensor" and "per channel" to lists of dicts with bits (8 to 2), accuracy
        (0 to 1), flips and sqnr_db. Only the weights are quantized.
    """
    digits, model = load_digits(), load_digits_model()
    return {
        name: bit_width_sweep(model, digits.test_images, digits.test_labels, axis=axis)
        for name, axis in GRANULARITIES.items()
    }


def bit_width_cliff() -> Figure:
    """Draw accuracy, changed predictions and SQNR of the digit network for weights of 8 to 2 bits.

    Returns:
        A matplotlib Figure of three panels.

    Raises:
        ImportError: if matplotlib is not installed.
    """
    figure, axes = new_figure(1, 3, 10, 3.5)
    sweeps = measure_bit_width_cliff()
    images = load_digits().test_labels.size
    for (name, rows), style, colour in zip(
        sweeps.items(), ("o-", "s--"), (INT8_COLOUR, OTHER_COLOUR), strict=True
    ):
        bits = [row["bits"] for row in rows]
        for axis, key, factor in zip(
            axes[0], ("accuracy", "flips", "sqnr_db"), (100, 1, 1), strict=True
        ):
            measured = [factor * row[key] for row in rows]
            axis.plot(bits, measured, style, color=colour, markersize=5, label=name)
    axes[0, 0].set_ylim(0, 105)
    describe(axes[0, 0], "Accuracy falls off a cliff", "bits per weight", "held-out accuracy (%)")
    title, y_label = "Predictions change earlier", f"changed predictions (of {images})"
    describe(axes[0, 1], title, "bits per weight", y_label)
    describe(axes[0, 2], "SQNR falls from the start", "bits per weight", "SQNR of outputs (dB)")
    for axis in axes[0]:
        axis.set_xticks(bits)
        axis.invert_xaxis()
    axes[0, 0].legend(frameon=False, loc="lower left")
    return figure


def error_by_layer(
    fp32_model: Sequential | None = None,
    int8_model: Sequential | None = None,
    images: Tensor | None = None,
) -> Figure:
    """Draw for every Linear the error that enters there, and all error up to there.

    Args:
        fp32_model: the model before quantization; the shipped digit network by default.
        int8_model: the same model after it; the shipped network, quantized, by default.
        images: Tensor of shape (samples, features); the held-out digits by default.

    Returns:
        A matplotlib Figure of two panels: the SQNR in dB, and the same as relative error in
        percent. ReLU layers are left out: they add no error of their own.

    Raises:
        ImportError: if matplotlib is not installed.
        ValueError: if the models do not have the same layers.
    """
    figure, axes = new_figure(1, 2, 10, 3.5)
    rows = measure_error_by_layer(fp32_model, int8_model, images)
    names = [f"layer {row['name']}\n{row['shape'][0]} x {row['shape'][1]}" for row in rows]
    x = np.arange(len(rows))
    for key, label, colour, shift in (
        ("own", "enters in this layer", OTHER_COLOUR, -0.18),
        ("total", "all so far", INT8_COLOUR, 0.18),
    ):
        for axis, unit, form in zip(axes[0], ("db", "percent"), ("%.1f", "%.2f"), strict=True):
            measured = [row[f"{key}_{unit}"] for row in rows]
            drawn = axis.bar(
                x + shift,
                [value if np.isfinite(value) else 0.0 for value in measured],
                0.34,
                color=colour,
                label=label,
            )
            texts = [form % value if np.isfinite(value) else "exact" for value in measured]
            axis.bar_label(drawn, texts, padding=2, fontsize=9)
    for axis in axes[0]:
        axis.set_xticks(x, names)
        axis.margins(y=0.25)
    axes[0, 1].legend(frameon=False, loc="upper left", ncols=2)
    describe(axes[0, 0], "SQNR of the layers' outputs (higher is better)", "", "SQNR (dB)")
    y_label = "error of the output (% of its RMS)"
    describe(axes[0, 1], "In percent: error builds up along the way", "", y_label)
    return figure


def measure_error_by_layer(
    fp32_model: Sequential | None = None,
    int8_model: Sequential | None = None,
    images: Tensor | None = None,
) -> list[dict[str, Any]]:
    """What `error_by_layer` draws.

    Returns:
        A dict per layer with weights: name; shape; own_db and total_db, the own_sqnr_db and
        sqnr_db of `layer_report`; own_percent and total_percent, the same as the root mean square
        of the error in percent of that of the output.
    """
    shipped = demo_models()
    fp32_model = shipped[0] if fp32_model is None else fp32_model
    int8_model = shipped[1] if int8_model is None else int8_model
    images = load_digits().test_images if images is None else images
    rows = []
    for report in layer_report(fp32_model, int8_model, images):
        if report["shape"] is None:
            continue
        row = {"name": report["name"], "shape": report["shape"]}
        for key, decibels in (("own", report["own_sqnr_db"]), ("total", report["sqnr_db"])):
            row[f"{key}_db"] = decibels
            row[f"{key}_percent"] = 100.0 * 10.0 ** (-decibels / 20.0)
        rows.append(row)
    return rows


def measure_three_fates() -> dict[str, dict[str, float]]:
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
        quantize_model(model, samples, progress=False)
        return model

    per_channel = simulate(rescaled, axis=1, calibration_data=samples)
    fates = {"FP32": measured(rescaled), "INT8\nper channel": measured(per_channel)}
    fates["equalized,\nINT8 per tensor"] = measured(per_tensor(equalize(rescaled)))
    fates["INT8\nper tensor"] = measured(per_tensor(rescaled))
    order = ["FP32", "INT8\nper tensor", "INT8\nper channel", "equalized,\nINT8 per tensor"]
    return {
        "trained": {"FP32": measured(trained), "INT8\nper tensor": measured(per_tensor(trained))},
        "rescaled": {name: fates[name] for name in order},
    }


def three_fates() -> Figure:
    """Draw how the same function fares when its hidden units are scaled against each other.

    Returns:
        A matplotlib Figure of one panel.

    Raises:
        ImportError: if matplotlib is not installed.
    """
    figure, axes = new_figure(1, 1, 10, 3.5)
    axis = axes[0, 0]
    fates = measure_three_fates()
    names = [name for group in fates.values() for name in group]
    percent = [100 * value for group in fates.values() for value in group.values()]
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
    title = "One scale per tensor ruins a rescaled network; equalization saves it"
    describe(axis, title, "", "held-out accuracy (%)")
    return figure
