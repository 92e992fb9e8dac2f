"""ONNX Runtime's own quantizer beside a student's: scales, codes, bytes, accuracy and time."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import leaf_layers
from tinytorch.datasets import load_digits
from tinytorch.lessons.quantization.figures.drawing import (
    ENGINE_COLOUR,
    FP32_COLOUR,
    GRID_COLOUR,
    INT8_COLOUR,
    bars,
    caption,
    describe,
)
from tinytorch.lessons.quantization.figures.models import (
    CALIBRATION_IMAGES,
    QuantizeModel,
    digit_models,
)
from tinytorch.lessons.quantization.figures.placeholder import FigurePlaceholder, figure
from tinytorch.lessons.quantization.figures.production.engine import NO_ENGINE
from tinytorch.lessons.quantization.figures.production.timing import (
    compare,
    concluded,
    timed_bars,
    was_busy,
)
from tinytorch.lessons.quantization.figures.students import require_deployable
from tinytorch.perf.deploy import export_onnx
from tinytorch.perf.deploy.engine import session
from tinytorch.perf.profiling import seconds_in_turns
from tinytorch.perf.quantization import quantize_model

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[Any]
QuantizeFile = Callable[[str, str, list[Array]], Any]
ROUNDS, SECONDS = 20, 1.5
COLUMNS = ("layer", "weight scale", "zero point", "input scale", "zero point", "equal codes")


def measure_static_quantization(
    quantize_file: QuantizeFile, quantize_model: QuantizeModel = quantize_model
) -> dict[str, Any] | None:
    """Quantize the digit network with a student's function, and with ONNX Runtime's.

    Args:
        quantize_file: called with the names of an FP32 file, of the INT8 file to write, and a list
            of float32 arrays (samples, 784) for calibration.
        quantize_model: changes a Sequential in place, given a list of Tensors for calibration.

    Returns:
        None where ONNX Runtime is not installed; else a dict of layers, dicts with name, yours and
        theirs (weight scale and zero point, input scale and zero point) and equal, the fraction of
        weight codes that are the same; and for "FP32", "yours" and "theirs" bytes of the file,
        right, the fraction of held-out digits read rightly, and seconds, an array (rounds,).
    """
    try:
        import onnx
        import onnxruntime  # noqa: F401
    except ImportError:
        return None
    digits, (fp32_model, own) = load_digits(), digit_models(quantize_model)
    require_deployable(own)
    images = digits.test_images.data
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder) / f"{name}.onnx" for name in ("FP32", "yours", "theirs")}
        export_onnx(fp32_model, paths["FP32"])
        export_onnx(own, paths["yours"])
        batches = [digits.train_images.data[:CALIBRATION_IMAGES]]
        with _without_advice():
            quantize_file(str(paths["FP32"]), str(paths["theirs"]), batches)
        made = {name: onnx.load(path) for name, path in paths.items()}
        for name, path in paths.items():
            found[name] = {"bytes": path.stat().st_size}
    calls = {}
    for name, model in made.items():
        calls[name] = partial(session(model, spinning=False).run, None, {"x": images})
        read = calls[name]()[0].argmax(axis=1)
        found[name]["right"] = float(np.mean(read == digits.test_labels))
    for name, times in seconds_in_turns(calls, ROUNDS, SECONDS).items():
        found[name]["seconds"] = times
    found["layers"] = list(_compared(own, made["theirs"].graph))
    return found


@contextmanager
def _without_advice() -> Iterator[None]:
    """Keep ONNX Runtime from advising to run another of its tools first."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _compared(own: Any, graph: Any) -> Iterator[dict[str, Any]]:
    """The quantized layers of a model beside those of a graph, which come in the same order."""
    from onnx import numpy_helper

    constants: dict[str, Any]
    constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    sources = {node.output[0]: node for node in graph.node}
    products = [node for node in graph.node if node.op_type == "MatMul"]
    layers = [(name, layer) for name, layer in leaf_layers(own) if hasattr(layer, "q_weight")]
    for (name, layer), product in zip(layers, products, strict=True):
        inputs, weight = ([constants.get(each, each) for each in sources[source].input]
                          for source in product.input)  # fmt: skip
        yield {
            "name": name,
            "yours": (layer.weight_scale, layer.weight_zero_point,
                      layer.input_scale, layer.input_zero_point),
            "theirs": (float(weight[1]), int(weight[2]), float(inputs[1]), int(inputs[2])),
            "equal": float(np.mean(layer.q_weight.data == weight[0])),
        }  # fmt: skip


@figure(2, 3, height=6.2)
def static_quantization(
    axes: Any, quantize_file: QuantizeFile, quantize_model: QuantizeModel = quantize_model
) -> FigurePlaceholder | None:
    """Draw a student's quantized network beside the one that ONNX Runtime's own quantizer makes.

    Args:
        quantize_file: called with the names of an FP32 file, of the INT8 file to write, and a list
            of float32 arrays (samples, 784) for calibration.
        quantize_model: changes a Sequential in place, given a list of Tensors for calibration.

    Returns:
        A matplotlib Figure of a table and three panels; where ONNX Runtime is not installed, a
        sentence that says what to install.
    """
    found = measure_static_quantization(quantize_file, quantize_model)
    if found is None:
        return FigurePlaceholder(NO_ENGINE)
    whole, grid = axes[0, 0].figure, axes[0, 0].get_gridspec()
    for axis in axes[0]:
        axis.remove()
    _layers_table(whole.add_subplot(grid[0, :]), found["layers"])
    sizes, accuracies, times = axes[1]
    keys = ("FP32", "yours", "theirs")
    names, colours = ["FP32", "yours", "ONNX\nRuntime's"], [FP32_COLOUR, INT8_COLOUR, ENGINE_COLOUR]
    kilobytes = [found[key]["bytes"] / 1e3 for key in keys]
    bars(sizes, names, kilobytes, [f"{value:.0f}" for value in kilobytes], colours)
    title = f"Both files: {kilobytes[1] / kilobytes[0]:.2f} and {kilobytes[2] / kilobytes[0]:.2f}"
    describe(sizes, f"{title}\nof the bytes", "", "file size (kB)")
    percent = [100 * found[key]["right"] for key in keys]
    bars(accuracies, names, percent, [f"{value:.2f}" for value in percent], colours)
    accuracies.set_ylim(0, 119)
    accuracies.set_yticks(range(0, 101, 20))
    title = f"Accuracy: {percent[1] - percent[0]:+.2f} and\n{percent[2] - percent[0]:+.2f} points"
    describe(accuracies, title, "", "held-out accuracy (%)")
    milliseconds = [1e3 * found[key]["seconds"] for key in keys]
    timed_bars(times, names, milliseconds, "{:.3g}".format, colours)
    images = load_digits().test_labels.size
    describe(times, f"Time for {images:,} images\nin ONNX Runtime", "", "time (ms)")
    is_busy = was_busy(milliseconds)
    comparison = compare(milliseconds[1], milliseconds[2], is_busy)
    conclusion = f"In the engine, your network {comparison.takes('the other')}."
    caption(axes[1], concluded(conclusion, milliseconds, is_busy))
    return None


def _layers_table(axis: Axes, layers: list[dict[str, Any]]) -> None:
    """Two lines for each layer: a student's numbers, and below them ONNX Runtime's."""
    from matplotlib.transforms import Bbox

    cells = []
    for row in layers:
        for whose, label in (("yours", "yours"), ("theirs", "ONNX Runtime's")):
            weight_scale, weight_zero, input_scale, input_zero = row[whose]
            equal = f"{100 * row['equal']:.2f} %" if whose == "theirs" else ""
            cells.append([f"{row['name']}, {label}", f"{weight_scale:.7f}", f"{weight_zero:d}",
                          f"{input_scale:.7f}", f"{input_zero:d}", equal])  # fmt: skip
    widths = [1.7, 1.2, 1.0, 1.2, 1.0, 1.0]
    place = Bbox.from_bounds(0, 0, 1, 1)
    table = axis.table(
        [COLUMNS, *cells], cellLoc="center", bbox=place, edges="horizontal", colWidths=widths
    )
    table.auto_set_font_size(False)
    table.set_fontsize(10)
    for cell in table.get_celld().values():
        cell.set_edgecolor(GRID_COLOUR)
    axis.set_axis_off()
    same = all(row["yours"][1::2] == row["theirs"][1::2] for row in layers)
    closest = min(row["equal"] for row in layers)
    codes = (
        "all codes are equal"
        if closest == 1
        else f"at least {100 * closest:.2f} % of codes are equal"
    )
    told = "the same zero points" if same else "other zero points"
    describe(axis, f"Two quantizers, {told}: {codes}", "", "")
