"""How much smaller whole networks become, from tiny to large ones."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np

from tinytorch.core.layers import Linear, Sequential
from tinytorch.lessons.quantization.figures.drawing import FP32_COLOUR, INT8_COLOUR, bars, describe
from tinytorch.lessons.quantization.figures.models import (
    AnalyzeSizes,
    QuantizeModel,
    quantized_copy,
)
from tinytorch.lessons.quantization.figures.panels import paired_bars
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.perf.quantization import analyze_model_sizes, quantize_model

NETWORKS = [(4, 3, 2), (64, 64, 32, 10), (784, 256, 128, 10), (1024, 1024, 1024)]


def measure_sizes_of_models(
    quantize_model: QuantizeModel = quantize_model,
    analyze_model_sizes: AnalyzeSizes = analyze_model_sizes,
) -> dict[str, dict[str, float]]:
    """The sizes of four networks before and after quantization.

    Returns:
        A dict from the features of a network's layers, such as "4-3-2", to what
        analyze_model_sizes returns for it: original_bytes, quantized_bytes, compression_ratio
        and so on.
    """
    sizes = {}
    for features in NETWORKS:
        rng = np.random.default_rng(0)
        model = Sequential([Linear(*pair, rng=rng) for pair in pairwise(features)])
        quantized = quantized_copy(model, quantize_model)
        sizes["-".join(map(str, features))] = analyze_model_sizes(model, quantized)
    return sizes


@figure(1, 2)
def sizes_of_models(
    axes: Any,
    quantize_model: QuantizeModel = quantize_model,
    analyze_model_sizes: AnalyzeSizes = analyze_model_sizes,
) -> None:
    """Draw the compression ratio and the bytes of networks from tiny to large.

    Args:
        quantize_model: changes a Sequential in place.
        analyze_model_sizes: from the FP32 and the INT8 Sequential to a dict with original_bytes,
            quantized_bytes and compression_ratio.

    Returns:
        A matplotlib Figure of two panels.
    """
    sizes = measure_sizes_of_models(quantize_model, analyze_model_sizes)
    # Long names would meet side by side, so that they continue on a second line.
    names = [re.sub(r"^(\d{2,}-\d+-)", r"\1\n", name) for name in sizes]
    ratios = [size["compression_ratio"] for size in sizes.values()]
    # The bars on the right carry longer texts.
    axes[0, 0].get_gridspec().set_width_ratios([1, 1.5])
    axis = axes[0, 0]
    bars(axis, names, ratios, [f"{ratio:.2f} x" for ratio in ratios], [INT8_COLOUR] * len(names))
    axis.axhline(4, color=FP32_COLOUR, linestyle="--", linewidth=1)
    axis.set_ylim(0, max(4.8, 1.15 * max(ratios)))
    title = f"The smallest: {ratios[0]:.2f} times smaller;\nthe largest: {ratios[-1]:.2f} times"
    describe(axis, title, "features of the layers", "compression ratio (FP32 / INT8)")

    axis = axes[0, 1]
    axis.set_yscale("log")
    pairs = [
        (label, colour, [size[key] for size in sizes.values()], short_bytes)
        for label, colour, key in (
            ("FP32", FP32_COLOUR, "original_bytes"),
            ("INT8", INT8_COLOUR, "quantized_bytes"),
        )
    ]
    paired_bars(axis, names, pairs)
    axis.set_ylim(10, 1e8)
    axis.legend(frameon=False, loc="upper left")
    saved = list(sizes.values())[-1]["memory_saved_mb"]
    title = f"The largest saves {saved:.2f} MB"
    describe(axis, title, "features of the layers", "bytes of weights and biases")
    for axis in axes[0]:
        axis.tick_params(axis="x", labelsize=9.5)


def short_bytes(count: float) -> str:
    """Bytes with two or three digits and a decimal unit, such as 26 kB.

    Example:
        >>> short_bytes(92), short_bytes(26_280), short_bytes(8_396_800)
        ('92 B', '26 kB', '8.4 MB')
    """
    power = min(int(np.log10(count)) // 3, 2) if count >= 1 else 0
    number = count / 1000**power
    return f"{number:.{int(0 < number < 9.95)}f} {('B', 'kB', 'MB')[power]}"
