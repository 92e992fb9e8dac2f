"""What quantization does inside the trained network: fewer bits, and errors layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinytorch.core.layers import Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.lessons.quantization.figures.drawing import INT8_COLOUR, OTHER_COLOUR, describe
from tinytorch.lessons.quantization.figures.models import QuantizeModel, digit_models
from tinytorch.lessons.quantization.figures.panels import paired_bars
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.lessons.quantization.figures.students import outputs, require_rounding
from tinytorch.perf.analysis import bit_width_sweep, layer_report
from tinytorch.perf.quantization import quantize_model

if TYPE_CHECKING:
    from tinytorch.perf.analysis.sweeps import BitWidthCost

GRANULARITIES = {"per tensor": None, "per channel": 1}


def measure_bit_width_cliff() -> dict[str, list[BitWidthCost]]:
    """The rows of `bit_width_sweep` on the held-out digits, per tensor and per channel.

    Returns:
        A dict from "per tensor" and "per channel" to their rows, 8 bits to 2. Only the weights are
        quantized.
    """
    digits, model = load_digits(), load_digits_model()
    return {
        name: bit_width_sweep(model, digits.test_images, digits.test_labels, axis=axis)
        for name, axis in GRANULARITIES.items()
    }


@figure(1, 3)
def bit_width_cliff(axes: Any) -> None:
    """Draw accuracy, changed predictions and SQNR of the digit network for weights of 8 to 2 bits.

    Returns:
        A matplotlib Figure of three panels.
    """
    sweeps = measure_bit_width_cliff()
    images = load_digits().test_labels.size
    for (name, rows), style, colour in zip(
        sweeps.items(), ("o-", "s--"), (INT8_COLOUR, OTHER_COLOUR), strict=True
    ):
        bits = [row["bits"] for row in rows]
        percent = [100 * row["accuracy"] for row in rows]
        flips, decibels = ([row[key] for row in rows] for key in ("flips", "sqnr_db"))
        for axis, measured in zip(axes[0], (percent, flips, decibels), strict=True):
            axis.plot(bits, measured, style, color=colour, markersize=5, label=name)
    axes[0, 0].set_ylim(0, 105)
    first, *_, last = sweeps["per tensor"]
    titles = (
        f"Per tensor: {100 * first['accuracy']:.1f} to {100 * last['accuracy']:.1f} %",
        f"Per tensor: {first['flips']} to {last['flips']:,} changed",
        f"Per tensor: {first['sqnr_db']:.0f} to {last['sqnr_db']:.0f} dB",
    )
    y_labels = (
        "held-out accuracy (%)", f"changed predictions (of {images:,})", "SQNR of outputs (dB)"
    )  # fmt: skip
    for axis, title, y_label in zip(axes[0], titles, y_labels, strict=True):
        describe(axis, title, "bits per weight", y_label)
    axes[0, 1].set_yscale("symlog", linthresh=1)  # few changes are seen, and none
    axes[0, 1].set_yticks([0, 1, 10, 100, 1000], ["0", "1", "10", "100", "1,000"])
    for axis in axes[0]:
        axis.set_xticks(bits)
        axis.invert_xaxis()
    axes[0, 0].legend(frameon=False, loc="lower left")


def measure_error_by_layer(quantize_model: QuantizeModel = quantize_model) -> list[dict[str, Any]]:
    """The errors in the digit network, quantized with 200 training images, on the held-out ones.

    Returns:
        A dict per layer with weights: name; shape; own_db and total_db, the own_sqnr_db and
        sqnr_db of `layer_report`; own_percent and total_percent, the same as the root mean square
        of the error in percent of that of the output.
    """
    return layer_errors(*digit_models(quantize_model))


def layer_errors(
    fp32_model: Sequential, int8_model: Sequential, inputs: Tensor | None = None
) -> list[dict[str, Any]]:
    """The rows of `measure_error_by_layer`, for two models that are there already.

    Args:
        fp32_model: before quantization.
        int8_model: after it.
        inputs: Tensor of shape (samples, features); the held-out digits by default.
    """
    rows = []
    images = load_digits().test_images if inputs is None else inputs
    outputs(int8_model, images)
    for report in layer_report(fp32_model, int8_model, images):
        if report["shape"] is None:
            continue
        row: dict[str, Any] = {"name": report["name"], "shape": report["shape"]}
        for key, decibels in (("own", report["own_sqnr_db"]), ("total", report["sqnr_db"])):
            row[f"{key}_db"] = decibels
            row[f"{key}_percent"] = 100.0 * 10.0 ** (-decibels / 20.0)
        rows.append(row)
    return rows


@figure(1, 2)
def error_by_layer(axes: Any, quantize_model: QuantizeModel = quantize_model) -> None:
    """Draw for every Linear the error that enters there, and all error up to there.

    Args:
        quantize_model: changes a Sequential in place, given a list of Tensors for calibration.

    Returns:
        A matplotlib Figure of two panels: the SQNR in dB, and the same as relative error in
        percent. ReLU layers are left out: they add no error of their own.

    Raises:
        ValueError: if quantize_model leaves other layers than there were.
    """
    rows = measure_error_by_layer(quantize_model)
    require_rounding(min(row["total_db"] for row in rows), "QuantizedLinear")
    names = [f"layer {row['name']}\n{row['shape'][0]} x {row['shape'][1]}" for row in rows]
    for axis, unit, form in zip(
        axes[0], ("db", "percent"), ("{:.1f}".format, "{:.2f}".format), strict=True
    ):
        pairs = [
            (label, colour, [row[f"{key}_{unit}"] for row in rows], form)
            for label, colour, key in (
                ("enters in this layer", OTHER_COLOUR, "own"),
                ("all so far", INT8_COLOUR, "total"),
            )
        ]
        paired_bars(axis, names, pairs)
        axis.margins(y=0.25)
    axes[0, 1].legend(frameon=False, loc="upper left", ncols=2)
    describe(axes[0, 0], "SQNR of the layers' outputs (higher is better)", "", "SQNR (dB)")
    y_label = "error of the output (% of its RMS)"
    first, last = rows[0]["total_percent"], rows[-1]["total_percent"]
    title = f"The error: {first:.2f} % at first, {last:.2f} % at the end"
    describe(axes[0, 1], title, "", y_label)
