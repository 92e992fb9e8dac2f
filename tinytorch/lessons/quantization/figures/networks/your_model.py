"""The lesson's last cell: a student's own functions quantize the digit network, or any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.core.layers import Sequential, leaf_layers
from tinytorch.core.training import predict
from tinytorch.datasets import SIDE
from tinytorch.lessons.quantization.figures.drawing import (
    FP32_COLOUR,
    GRID_COLOUR,
    INT8_COLOUR,
    OTHER_COLOUR,
    bars,
    describe,
)
from tinytorch.lessons.quantization.figures.models import (
    AnalyzeSizes,
    QuantizeModel,
    quantized_copy,
)
from tinytorch.lessons.quantization.figures.networks.bit_widths import layer_errors
from tinytorch.lessons.quantization.figures.networks.own_data import own_data, own_model
from tinytorch.lessons.quantization.figures.panels import digit_images, paired_bars
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.lessons.quantization.figures.students import outputs, require_rounding
from tinytorch.perf.analysis import prediction_flips, sqnr_db
from tinytorch.perf.quantization import analyze_model_sizes, quantize_model

if TYPE_CHECKING:
    from matplotlib.axes import Axes

UNSURE = 10  # samples shown
MAX_ROWS = 6  # of the table
SHORT = 4  # layers whose bars leave space for numbers
QPARAMS = ("weight_scale", "weight_zero_point", "input_scale", "input_zero_point")
COLUMNS = ("layer", "weight\nscale", "zero\npoint", "input\nscale", "zero\npoint")


def measure_your_model(
    quantize_model: QuantizeModel = quantize_model,
    analyze_model_sizes: AnalyzeSizes = analyze_model_sizes,
    model: Sequential | None = None,
    data: Any = None,
) -> dict[str, Any]:
    """Quantize a copy of a network with up to 200 samples and compare the two on other samples.

    Returns:
        A dict of flips, as from `prediction_flips`; sizes, as from analyze_model_sizes; layers,
        the rows of `layer_errors` with weight_scale, weight_zero_point, input_scale and
        input_zero_point (None where the layer has none); sqnr_db, of the outputs; inputs and
        labels, those it was judged by; predictions, the INT8 model's for them; margins, of shape
        (samples,), by how much its largest output exceeds the next; and unsure, positions of the
        10 samples with the smallest margins, the smallest first.

    Raises:
        TypeError, ValueError: as `own_data` and `own_model`.
    """
    chosen = own_data(data)
    images, labels = chosen.inputs, chosen.labels
    fp32_model = own_model(model, chosen)
    int8_model = quantized_copy(fp32_model, quantize_model, [chosen.calibration])
    computed = outputs(int8_model, images).data.astype(np.float64)
    best = np.sort(computed, axis=1)
    margins = best[:, -1] - best[:, -2]
    layers = dict(leaf_layers(int8_model))
    return {
        "flips": prediction_flips(fp32_model, int8_model, images, labels),
        "sizes": analyze_model_sizes(fp32_model, int8_model),
        "layers": [
            row | {name: getattr(layers[row["name"]], name, None) for name in QPARAMS}
            for row in layer_errors(fp32_model, int8_model, images)
        ],
        "sqnr_db": sqnr_db(fp32_model(images), computed),
        "inputs": images.data,
        "labels": labels,
        "predictions": predict(int8_model, images),
        "margins": margins,
        "unsure": np.argsort(margins, kind="stable")[:UNSURE],
    }


@figure(2, 6, height=6.2)
def your_model(
    axes: Any,
    quantize_model: QuantizeModel = quantize_model,
    analyze_model_sizes: AnalyzeSizes = analyze_model_sizes,
    model: Sequential | None = None,
    data: Any = None,
) -> None:
    """Draw what became of a network: accuracy, bytes, errors, doubtful samples, qparams.

    Args:
        quantize_model: changes a Sequential in place, given a list of Tensors for calibration.
        analyze_model_sizes: from the FP32 and the INT8 Sequential to a dict with original_bytes,
            quantized_bytes and compression_ratio.
        model: your own network, a Sequential with Linear layers in FP32 and an output for each
            class; it stays as it is, for a copy is quantized. The digit network by default.
        data: what to calibrate with and to judge by: an object with train_images, test_images
            (both of shape (samples, features)) and test_labels (integers), as load_digits()
            returns; or a tuple (inputs, labels), of whose samples the first half, at most 200,
            calibrate and the others judge. The digits by default.

    Returns:
        A matplotlib Figure of five panels, the last one a table of the layers' scales and zero
        points. Its method savefig("mine.png") keeps the picture in a file.

    Raises:
        TypeError: if the model is no Sequential, or the data are of another kind.
        ValueError: if the model has no Linear or fewer than two outputs, or shapes do not fit.
    """
    numbers = measure_your_model(quantize_model, analyze_model_sizes, model, data)
    require_rounding(numbers["sqnr_db"], "QuantizedLinear")
    whole, grid = axes[0, 0].figure, axes[0, 0].get_gridspec()
    grid.set_height_ratios([1.35, 1])
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
    # Many names and numbers would not fit side by side.
    is_short = len(layers) <= SHORT
    names = [f"layer {row['name']}" if is_short else row["name"] for row in layers]
    paired_bars(errors, names, pairs, with_values=is_short)
    errors.margins(y=0.3)
    errors.legend(
        frameon=False, loc="upper center", ncols=2, columnspacing=1, handlelength=1, fontsize=10
    )
    title = f"The outputs have\n{numbers['sqnr_db']:.1f} dB of SQNR"
    describe(errors, title, "" if is_short else "layer", "SQNR of the output (dB)")

    _doubtful_samples(doubts, numbers)
    _qparams_table(table, layers)


def _doubtful_samples(axis: Axes, numbers: dict[str, Any]) -> None:
    """The samples that the INT8 model is least sure of, with its predictions."""
    unsure = numbers["unsure"]
    labels, predictions = numbers["labels"][unsure], numbers["predictions"][unsure]
    right = int(np.sum(predictions == labels))
    title = f"INT8 is least sure of these: {right} of {unsure.size} are right"
    if numbers["inputs"].shape[1] == SIDE**2:
        digit_images(axis, numbers["inputs"][unsure], predictions, labels, UNSURE // 2)
        describe(axis, title, "", "")
        return
    texts = [
        f"{read}" if read == label else f"{read}, not {label}"
        for read, label in zip(predictions, labels, strict=True)
    ]
    places = range(unsure.size)
    drawn = axis.barh(places, numbers["margins"][unsure], color=INT8_COLOUR)
    axis.bar_label(drawn, texts, padding=3, fontsize=9.5)
    axis.set_yticks(places, [f"{position}" for position in unsure])
    axis.invert_yaxis()
    axis.margins(x=0.2)
    axis.spines[["top", "right"]].set_visible(False)
    describe(axis, title, "largest output minus the next", "sample: class read")
    axis.tick_params(axis="y", labelsize=9.5)


def _qparams_table(axis: Axes, layers: list[dict[str, Any]]) -> None:
    """The numbers beside the codes of every layer."""
    from matplotlib.transforms import Bbox

    cells = []
    for row in layers[:MAX_ROWS]:
        shown = (row[name] for name in QPARAMS)
        numbers = [
            "-" if n is None else "many" if np.size(n) > 1 else _written(name, n)
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
    for (line, _), cell in table.get_celld().items():
        cell.set_edgecolor(GRID_COLOUR)
        if line == 0:  # its names have two lines
            cell.set_height(1.7 * cell.get_height())
    axis.set_axis_off()
    of = f"first {MAX_ROWS} of {len(layers)}" if len(layers) > MAX_ROWS else f"{len(layers)}"
    describe(axis, f"Scales and zero points of the {of} layers", "", "")


def _written(name: str, number: Any) -> str:
    return f"{float(number):.5f}" if "scale" in name else f"{int(number)}"
