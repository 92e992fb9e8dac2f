"""What quantization saves in memory: the bytes of layers, and of what is kept beside them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.core.layers import Linear, Sequential
from tinytorch.lessons.quantization.figures.drawing import (
    CHAPTER_COLOUR,
    FP32_COLOUR,
    INT8_COLOUR,
    bars,
    describe,
)
from tinytorch.lessons.quantization.figures.models import QuantizeModel
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.perf.profiling import resident_bytes
from tinytorch.perf.quantization import quantize_model
from tinytorch.perf.quantization.affine import quantize_int8
from tinytorch.perf.quantization.sizes import QPARAMS_BYTES

WIDTHS = [2**power for power in range(11)]  # 1 to 1024
MEGABYTE = 1e6


class ChapterLinear:
    """The chapter's layer, which keeps the FP32 layer beside its codes."""

    def __init__(self, layer: Linear) -> None:
        self.original_layer = layer
        self.weight = quantize_int8(layer.weight)
        self.bias = None if layer.bias is None else quantize_int8(layer.bias)


def measure_bytes(quantize_model: QuantizeModel = quantize_model) -> dict[str, Any]:
    """Resident bytes of three 512 x 512 layers, and compression of layers of many sizes.

    Returns:
        A dict of resident, from "FP32", "FP32 layer kept" and "quantize_model" to bytes that the
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
            "FP32 layer kept": resident_bytes(lambda: [ChapterLinear(x) for x in built().layers]),
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


@figure(1, 2)
def bytes_really_gone(axes: Any, quantize_model: QuantizeModel = quantize_model) -> None:
    """Draw the bytes that FP32 and INT8 models take in memory, and compression against size.

    Args:
        quantize_model: changes a Sequential in place.

    Returns:
        A matplotlib Figure of two panels.
    """
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
    title = (
        f"quantize_model leaves {ratios[2]:.2f} x the bytes;\n"
        f"with the FP32 layer kept, {ratios[1]:.2f} x"
    )
    describe(axes[0, 0], title, "three layers of 512 x 512", "resident bytes (MB)")
    axis = axes[0, 1]
    widths = numbers["widths"]
    axis.axhline(4, color=FP32_COLOUR, linestyle="--", linewidth=1)
    axis.semilogx(widths, numbers["ratios"], "o-", color=INT8_COLOUR, label="quantize_model")
    axis.semilogx(
        widths, numbers["chapter_ratios"], "s-", color=CHAPTER_COLOUR, label="FP32 layer kept"
    )
    axis.set_xticks(widths[::2], [str(width) for width in widths[::2]])
    axis.minorticks_off()
    axis.set_ylim(0, 4.4)
    axis.legend(frameon=False, loc="center right")
    title = (
        f"The tiniest layer gets {1 / numbers['ratios'][0]:.1f} times larger;\n"
        f"large ones: {numbers['ratios'][-1]:.2f} times"
    )
    describe(axis, title, "features in and out of the layer", "compression ratio (FP32 / INT8)")
