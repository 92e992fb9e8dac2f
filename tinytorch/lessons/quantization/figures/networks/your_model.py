"""The lesson's last cell: a student's own functions quantize the digit network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.core.layers import leaf_layers
from tinytorch.core.training import predict
from tinytorch.datasets import load_digits
from tinytorch.lessons.quantization.figures.drawing import (
    FP32_COLOUR,
    GRID_COLOUR,
    INT8_COLOUR,
    OTHER_COLOUR,
    bars,
    describe,
)
from tinytorch.lessons.quantization.figures.models import AnalyzeSizes, QuantizeModel, digit_models
from tinytorch.lessons.quantization.figures.networks.bit_widths import layer_errors
from tinytorch.lessons.quantization.figures.panels import digit_images, paired_bars
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.perf.analysis import prediction_flips, sqnr_db
from tinytorch.perf.quantization import analyze_model_sizes, quantize_model

if TYPE_CHECKING:
    from matplotlib.axes import Axes

UNSURE = 10  # images shown
QPARAMS = ("weight_scale", "weight_zero_point", "input_scale", "input_zero_point")
COLUMNS = ("layer", "weight\nscale", "zero\npoint", "input\nscale", "zero\npoint")


def measure_your_model(
    quantize_model: QuantizeModel = quantize_model,
    analyze_model_sizes: AnalyzeSizes = analyze_model_sizes,
) -> dict[str, Any]:
    """Quantize the digit network with 200 training images and compare it on the held-out ones.

    Returns:
        A dict of flips, as from `prediction_flips`; sizes, as from analyze_model_sizes; layers,
        the rows of `measure_error_by_layer` with weight_scale, weight_zero_point, input_scale and
        input_zero_point (None where the layer has none); sqnr_db, of the outputs; predictions,
        the INT8 model's for the 2,000 images; and unsure, positions of the 10 images whose two
        largest outputs are closest in the INT8 model, the closest first.
    """
    digits = load_digits()
    images, labels = digits.test_images, digits.test_labels
    fp32_model, int8_model = digit_models(quantize_model)
    outputs = np.asarray(int8_model(images), dtype=np.float64)
    best = np.sort(outputs, axis=1)
    layers = dict(leaf_layers(int8_model))
    return {
        "flips": prediction_flips(fp32_model, int8_model, images, labels),
        "sizes": analyze_model_sizes(fp32_model, int8_model),
        "layers": [
            row | {name: getattr(layers[row["name"]], name, None) for name in QPARAMS}
            for row in layer_errors(fp32_model, int8_model)
        ],
        "sqnr_db": sqnr_db(fp32_model(images), outputs),
        "predictions": predict(int8_model, images),
        "unsure": np.argsort(best[:, -1] - best[:, -2], kind="stable")[:UNSURE],
    }


@figure(2, 6, height=5.6)
def your_model(
    axes: Any,
    quantize_model: QuantizeModel = quantize_model,
    analyze_model_sizes: AnalyzeSizes = analyze_model_sizes,
) -> None:
    """Draw what became of the digit network: accuracy, bytes, errors, doubtful images, qparams.

    Args:
        quantize_model: changes a Sequential in place, given a list of Tensors for calibration.
        analyze_model_sizes: from the FP32 and the INT8 Sequential to a dict with original_bytes,
            quantized_bytes and compression_ratio.

    Returns:
        A matplotlib Figure of five panels, the last one a table of the layers' scales and zero
        points.
    """
    numbers = measure_your_model(quantize_model, analyze_model_sizes)
    whole, grid = axes[0, 0].figure, axes[0, 0].get_gridspec()
    grid.set_height_ratios([1.45, 1])
    for axis in axes.flat:
        axis.remove()
    places = grid[0, :2], grid[0, 2:4], grid[0, 4:], grid[1, :3], grid[1, 3:]
    accuracies, sizes, errors, doubts, table = map(whole.add_subplot, places)
    for axis in (accuracies, sizes, errors):
        axis.spines[["top", "right"]].set_visible(False)

    flips, names = numbers["flips"], ["FP32", "INT8"]
    percent = [100 * flips["fp32_accuracy"], 100 * flips["int8_accuracy"]]
    colours = [FP32_COLOUR, INT8_COLOUR]
    bars(accuracies, names, percent, [f"{value:.1f} %" for value in percent], colours)
    accuracies.set_ylim(0, 115)
    accuracies.set_yticks(range(0, 101, 20))
    title = f"INT8 changes {flips['flips']} of\n{flips['images']:,} predictions"
    describe(accuracies, title, "", "held-out accuracy (%)")

    both = [numbers["sizes"]["original_bytes"], numbers["sizes"]["quantized_bytes"]]
    bars(sizes, names, both, [f"{value:,.0f}" for value in both], colours)
    sizes.yaxis.set_major_formatter("{x:,.0f}")
    title = f"The parameters are\n{numbers['sizes']['compression_ratio']:.2f} times smaller"
    describe(sizes, title, "", "bytes of weights and biases")

    layers = numbers["layers"]
    pairs = [
        ("enters there", OTHER_COLOUR, [row["own_db"] for row in layers], "{:.0f}".format),
        ("all so far", INT8_COLOUR, [row["total_db"] for row in layers], "{:.0f}".format),
    ]
    paired_bars(errors, [f"layer {row['name']}" for row in layers], pairs)
    errors.margins(y=0.3)
    errors.legend(frameon=False, loc="upper center", ncols=2, fontsize=9, columnspacing=1)
    title = f"The network's outputs have\n{numbers['sqnr_db']:.1f} dB of SQNR"
    describe(errors, title, "", "SQNR of the layer's output (dB)")

    _doubtful_images(doubts, numbers)
    _qparams_table(table, layers)


def _doubtful_images(axis: Axes, numbers: dict[str, Any]) -> None:
    """The images that the INT8 model is least sure of, with its predictions."""
    digits, unsure = load_digits(), numbers["unsure"]
    labels, predictions = digits.test_labels[unsure], numbers["predictions"][unsure]
    digit_images(axis, digits.test_images.data[unsure], predictions, labels, UNSURE // 2)
    right = int(np.sum(predictions == labels))
    describe(axis, f"INT8 is least sure of these: {right} of {UNSURE} are right", "", "")


def _qparams_table(axis: Axes, layers: list[dict[str, Any]]) -> None:
    """The numbers beside the codes of every layer."""
    from matplotlib.transforms import Bbox

    cells = []
    for row in layers:
        shown = (row[name] for name in QPARAMS)
        numbers = [
            "-" if n is None else f"{n:.5f}" if "scale" in name else f"{n:d}"
            for n, name in zip(shown, QPARAMS, strict=True)
        ]
        cells.append([f"{row['name']}: {row['shape'][0]} x {row['shape'][1]}", *numbers])
    place = Bbox.from_bounds(0, 0.1, 1, 0.85)
    widths = [1.6, *(1.0 for _ in COLUMNS[1:])]  # relative to each other
    table = axis.table(
        [COLUMNS, *cells], cellLoc="center", bbox=place, edges="horizontal", colWidths=widths
    )
    table.auto_set_font_size(False)
    table.set_fontsize(10)
    for cell in table.get_celld().values():
        cell.set_edgecolor(GRID_COLOUR)
    axis.set_axis_off()
    describe(axis, f"Scales and zero points of the {len(layers)} layers", "", "")
