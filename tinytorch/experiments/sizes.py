"""What quantization saves: bytes in memory and in files, and with them the time to load."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.core.layers import Linear, Sequential
from tinytorch.perf.affine import quantize_int8
from tinytorch.perf.deploy import load, save
from tinytorch.perf.profiling import resident_bytes, seconds
from tinytorch.perf.quantization import quantize_model
from tinytorch.perf.quantized_linear import QPARAMS_BYTES, QuantizedLinear
from tinytorch.plots import (
    CHAPTER_COLOUR,
    FP32_COLOUR,
    INT8_COLOUR,
    bars,
    describe,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

QuantizeModel = Callable[..., None]

WIDTHS = [2**power for power in range(11)]  # 1 to 1024
MEGABYTE = 1e6
FILE_LAYERS = 4
STORED = [
    *("q_weight", "weight_scale", "weight_zero_point", "q_bias", "bias_scale", "bias_zero_point"),
    *("input_scale", "input_zero_point"),
]


class ChapterLinear:
    """The chapter's layer, which keeps the FP32 layer beside its codes."""

    def __init__(self, layer: Linear) -> None:
        self.original_layer = layer
        self.weight = quantize_int8(layer.weight)
        self.bias = None if layer.bias is None else quantize_int8(layer.bias)


def measure_bytes(quantize_model: QuantizeModel = quantize_model) -> dict[str, Any]:
    """Resident bytes of three 512 x 512 layers, and compression of layers of many sizes.

    Returns:
        A dict of resident, from "FP32", "chapter's way" and "quantize_model" to bytes that the
        allocator holds; widths, the features in and out; and ratios and chapter_ratios, the bytes
        of FP32 parameters over those of all arrays that the quantized layer holds.
    """

    def built() -> Sequential:
        rng = np.random.default_rng(0)
        return Sequential([Linear(512, 512, rng=rng) for _ in range(3)])

    def quantized(model: Sequential) -> Sequential:
        quantize_model(model)
        return model

    ratios, chapter_ratios = [], []
    for width in WIDTHS:
        layer = Linear(width, width, rng=np.random.default_rng(0))
        fp32_bytes = array_bytes(layer)
        chapter_ratios.append(fp32_bytes / array_bytes(ChapterLinear(layer)))
        ratios.append(fp32_bytes / array_bytes(quantized(Sequential(layer)).layers))
    return {
        "resident": {
            "FP32": resident_bytes(built),
            "chapter's way": resident_bytes(lambda: [ChapterLinear(x) for x in built().layers]),
            "quantize_model": resident_bytes(lambda: quantized(built())),
        },
        "widths": WIDTHS,
        "ratios": ratios,
        "chapter_ratios": chapter_ratios,
    }


def array_bytes(thing: Any, seen: set[int] | None = None) -> int:
    """Bytes of all arrays that can be reached from a layer, and 8 per int8 array for its qparams.

    Args:
        thing: a layer, a Tensor, an array, or a list or tuple of them.
        seen: ids of the objects that have been counted.

    Returns:
        Bytes, from the arrays' nbytes. Python's own objects do not count.
    """
    seen = set() if seen is None else seen
    if id(thing) in seen:
        return 0
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        return thing.nbytes + (QPARAMS_BYTES if thing.dtype == np.int8 else 0)
    parts = thing if isinstance(thing, (list, tuple)) else getattr(thing, "__dict__", {}).values()
    return sum(array_bytes(part, seen) for part in parts)


def bytes_really_gone(quantize_model: QuantizeModel = quantize_model) -> Figure:
    """Draw the bytes that FP32 and INT8 models take in memory, and compression against size.

    Args:
        quantize_model: changes a Sequential in place.

    Returns:
        A matplotlib Figure of two panels.

    Raises:
        ImportError: if matplotlib is not installed.
    """
    figure, axes = new_figure(1, 2, 10, 3.5)
    numbers = measure_bytes(quantize_model)
    resident = numbers["resident"]
    ratios = [size / resident["FP32"] for size in resident.values()]
    bars(
        axes[0, 0],
        list(resident),
        [size / MEGABYTE for size in resident.values()],
        [f"{ratio:.2f} x FP32" for ratio in ratios],
        [FP32_COLOUR, CHAPTER_COLOUR, INT8_COLOUR],
    )
    title = "Keeping the FP32 layer saves nothing"
    describe(axes[0, 0], title, "three layers of 512 x 512", "resident bytes (MB)")
    axis = axes[0, 1]
    widths = numbers["widths"]
    axis.axhline(4, color=FP32_COLOUR, linestyle="--", linewidth=1)
    axis.semilogx(widths, numbers["ratios"], "o-", color=INT8_COLOUR, label="quantize_model")
    axis.semilogx(
        widths, numbers["chapter_ratios"], "s-", color=CHAPTER_COLOUR, label="chapter's way"
    )
    axis.set_xticks(widths[::2], [str(width) for width in widths[::2]])
    axis.minorticks_off()
    axis.set_ylim(0, 4.4)
    axis.legend(frameon=False, loc="center right")
    title = (
        f"Tiny layers: {numbers['ratios'][0]:.2f}; large ones approach {numbers['ratios'][-1]:.2f}"
    )
    describe(axis, title, "features in and out of the layer", "compression ratio (FP32 / INT8)")
    return figure


def measure_files(quantize_model: QuantizeModel = quantize_model) -> dict[str, dict[str, float]]:
    """File bytes and load time of four 1024 x 1024 layers, before and after quantization.

    Returns:
        A dict from "FP32" and "INT8" to dicts of bytes and seconds (a median; the file has been
        read before, so it comes from the operating system's cache).
    """
    rng = np.random.default_rng(0)
    model = Sequential([Linear(1024, 1024, rng=rng) for _ in range(FILE_LAYERS)])
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("FP32", "INT8"):
            if name == "INT8":
                quantize_model(model)
                model = Sequential([storable(layer) for layer in model.layers])
            path = Path(folder) / f"{name}.npz"
            save(model, path)
            taken = seconds(partial(load, path), repeats=9)
            results[name] = {"bytes": float(path.stat().st_size), "seconds": taken}
    return results


def storable(layer: Any) -> Any:
    """A student's own quantized layer as the library's, which `save` knows; others as they are."""
    if type(layer) is QuantizedLinear or not hasattr(layer, "q_weight"):
        return layer
    result = QuantizedLinear(Linear(*layer.q_weight.shape))
    vars(result).update({name: getattr(layer, name, None) for name in STORED})
    return result


def file_size_and_load_time(quantize_model: QuantizeModel = quantize_model) -> Figure:
    """Draw the bytes of an FP32 and an INT8 model file, and the time to load them.

    Args:
        quantize_model: changes a Sequential in place.

    Returns:
        A matplotlib Figure of two panels.

    Raises:
        ImportError: if matplotlib is not installed.
    """
    figure, axes = new_figure(1, 2, 10, 3.5)
    results = measure_files(quantize_model)
    (sizes, times), names, colours = axes[0], list(results), [FP32_COLOUR, INT8_COLOUR]
    megabytes = [row["bytes"] / MEGABYTE for row in results.values()]
    milliseconds = [1e3 * row["seconds"] for row in results.values()]
    bars(sizes, names, megabytes, [f"{value:.2f} MB" for value in megabytes], colours)
    bars(times, names, milliseconds, [f"{value:.2f} ms" for value in milliseconds], colours)
    layers = f"{FILE_LAYERS} layers of 1024 x 1024"
    title = f"The INT8 file has {megabytes[1] / megabytes[0]:.2f} of the bytes"
    describe(sizes, title, layers, "file size (MB)")
    title = f"Loading it takes {milliseconds[1] / milliseconds[0]:.2f} of the time"
    describe(times, title, layers, "median time to load (ms)")
    return figure
