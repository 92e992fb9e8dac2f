"""Symmetric and asymmetric quantization of the same values: what a zero point is good for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.tensor import Tensor
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.lessons.quantization.figures.drawing import (
    FP32_COLOUR,
    INT8_COLOUR,
    OTHER_COLOUR,
    describe,
)
from tinytorch.lessons.quantization.figures.models import Quantize
from tinytorch.lessons.quantization.figures.panels import paired_bars
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.perf.analysis import sqnr_db
from tinytorch.perf.quantization.affine import quantize_int8

Array = NDArray[Any]


def measure_symmetric_or_asymmetric(
    quantize_int8: Quantize = quantize_int8,
) -> dict[str, dict[str, Any]]:
    """Quantize weights and ReLU outputs of the digit network both ways.

    Returns:
        A dict from "weights" (of layer 0) and "ReLU outputs" (of layer 1, 200 training images) to
        dicts of values, a flat array; symmetric and asymmetric, their codes; and symmetric_db and
        asymmetric_db, the SQNR of what the codes stand for.
    """
    model = load_digits_model()
    hidden = model.layers[1](model.layers[0](load_digits().train_images[:200]))
    tensors = {"weights": model.layers[0].weight.data, "ReLU outputs": hidden.data}
    found = {}
    for name, tensor in tensors.items():
        values = tensor.ravel()
        codes, scale, zero_point = quantize_int8(Tensor(values))
        symmetric, symmetric_scale = _symmetric(values)
        restored = (codes.data.astype(np.float64) - zero_point) * scale
        found[name] = {
            "values": values,
            "symmetric": symmetric,
            "asymmetric": codes.data,
            "symmetric_db": sqnr_db(values, symmetric * symmetric_scale),
            "asymmetric_db": sqnr_db(values, restored),
        }
    return found


def _symmetric(values: Array) -> tuple[Array, float]:
    """Codes from -127 to 127 with zero point 0, and their scale."""
    scale = float(np.abs(values).max()) / 127
    return np.rint(values.astype(np.float64) / scale), scale


@figure(1, 3)
def symmetric_or_asymmetric(axes: Any, quantize_int8: Quantize = quantize_int8) -> None:
    """Draw the codes that weights and ReLU outputs get with and without a zero point.

    Args:
        quantize_int8: from a float32 Tensor to (codes, scale, zero_point): the asymmetric way.

    Returns:
        A matplotlib Figure of three panels: codes of the weights, codes of the ReLU outputs, and
        the SQNR of both.
    """
    found = measure_symmetric_or_asymmetric(quantize_int8)
    edges = np.arange(-128.5, 128, 8)
    for axis, (name, numbers) in zip(axes[0], found.items(), strict=False):
        for way, colour in (("symmetric", OTHER_COLOUR), ("asymmetric", INT8_COLOUR)):
            shown = numbers[way][numbers["values"] != 0]  # so many are zero that no other is seen
            share = 100 * np.histogram(shown, edges)[0] / shown.size
            axis.stairs(share, edges, color=colour, linewidth=2, label=way)
        axis.axvline(0, color=FP32_COLOUR, linestyle=":", linewidth=1)
        axis.set_xticks([-128, -64, 0, 64, 127])
        used = [np.ptp(numbers[way]) + 1 for way in ("symmetric", "asymmetric")]
        title = f"{name[0].upper()}{name[1:]}: symmetric\nuses {used[0]:.0f} of 256 codes"
        describe(axis, title, "code", "share of values above 0 (%)" if "ReLU" in name else
                 "share of values (%)")  # fmt: skip
    pairs = [
        (way, colour, [numbers[f"{way}_db"] for numbers in found.values()], "{:.1f}".format)
        for way, colour in (("symmetric", OTHER_COLOUR), ("asymmetric", INT8_COLOUR))
    ]
    paired_bars(axes[0, 2], list(found), pairs)
    axes[0, 2].margins(y=0.45)
    axes[0, 2].legend(frameon=False, loc="upper left")
    gains = [row["asymmetric_db"] - row["symmetric_db"] for row in found.values()]
    title = f"A zero point gains {gains[0]:.1f} dB\nand {gains[1]:.1f} dB"
    describe(axes[0, 2], title, "", "SQNR (dB)")
