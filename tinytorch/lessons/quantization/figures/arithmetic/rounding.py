"""What rounding to 256 codes does to numbers: stairs, an error of scale**2 / 12, 6 dB per bit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.tensor import Tensor
from tinytorch.lessons.quantization.figures.drawing import (
    FP32_COLOUR,
    INT8_COLOUR,
    describe,
    sqnr_by_bits,
)
from tinytorch.lessons.quantization.figures.models import Dequantize, Quantize
from tinytorch.lessons.quantization.figures.panels import split_panel
from tinytorch.lessons.quantization.figures.placeholder import figure
from tinytorch.perf.analysis import fake_quantize, sqnr_db
from tinytorch.perf.quantization.affine import dequantize_int8, quantize_int8

Array = NDArray[Any]

RANGES = [(-0.01, 0.01), (0.0, 0.1), (-0.2, 0.6), (-1.0, 3.0), (-10.0, 2.0), (0.0, 100.0)]
SAMPLES = 20_000


def measure_rounding_error(
    quantize_int8: Quantize = quantize_int8, dequantize_int8: Dequantize = dequantize_int8
) -> dict[str, Any]:
    """Errors of values on [-1, 3], of uniform values in several ranges, and of several widths.

    Returns:
        A dict of values, restored and error, float64 arrays of shape (16321,); scale; uniform, a
        list of dicts with range, scale and mean_squared_error; and sweep, a list of dicts with
        bits and sqnr_db.
    """
    values = np.linspace(-1.0, 3.0, 255 * 64 + 1, dtype=np.float32)  # 64 values per code
    restored, scale = _there_and_back(values, quantize_int8, dequantize_int8)
    rng = np.random.default_rng(0)
    uniform = []
    for low, high in RANGES:
        # The ends are among the values, so that the range is known exactly.
        drawn = np.append(rng.uniform(low, high, SAMPLES), [low, high]).astype(np.float32)
        back, step = _there_and_back(drawn, quantize_int8, dequantize_int8)
        error = float(np.mean((back - drawn.astype(np.float64)) ** 2))
        uniform.append({"range": (low, high), "scale": step, "mean_squared_error": error})
    centred = rng.uniform(-1, 1, SAMPLES).astype(np.float32)
    sweep = [{"bits": 8, "sqnr_db": _sqnr(centred, quantize_int8, dequantize_int8)}]
    for bits in range(7, 1, -1):
        sweep.append({"bits": bits, "sqnr_db": sqnr_db(centred, fake_quantize(centred, bits))})
    exact = values.astype(np.float64)
    return {
        "values": exact,
        "restored": restored,
        "error": restored - exact,
        "scale": scale,
        "uniform": uniform,
        "sweep": sweep,
    }


@figure(1, 3, height=4.1)
def rounding_error(
    axes: Any,
    quantize_int8: Quantize = quantize_int8,
    dequantize_int8: Dequantize = dequantize_int8,
) -> None:
    """Draw the stairs and the error of quantization, and check s**2/12 and 6 dB per bit.

    Args:
        quantize_int8: from a float32 Tensor to (codes, scale, zero_point).
        dequantize_int8: from these three to a float32 Tensor.

    Returns:
        A matplotlib Figure. Widths below 8 bits are simulated by the library.
    """
    numbers = measure_rounding_error(quantize_int8, dequantize_int8)
    values, error, scale = numbers["values"], numbers["error"], numbers["scale"]
    # The error is drawn below the stairs that it comes from, on the same values.
    stairs, sawtooth = split_panel(axes[0, 0], (3, 2), share_x=True)
    shown = np.abs(values) <= 3.5 * scale
    x, restored = values[shown] / scale, numbers["restored"][shown] / scale
    stairs.plot(x, x, color=FP32_COLOUR, linewidth=1.2, label="value")
    stairs.plot(x, restored, color=INT8_COLOUR, label="restored")
    stairs.legend(frameon=False, handlelength=1.2, borderaxespad=0)
    describe(stairs, f"There and back\n(zoom on 0; s = {scale:.4f})", "", "restored (s)")
    stairs.tick_params(labelbottom=False)
    stairs.set_xticks([-3, 0, 3])
    stairs.set_yticks([-3, 0, 3])
    sawtooth.plot(x, error[shown] / scale, color=INT8_COLOUR, linewidth=1.2)
    for bound in (-0.5, 0.5):
        sawtooth.axhline(bound, color=FP32_COLOUR, linestyle="--", linewidth=1)
    sawtooth.set_yticks([-0.5, 0, 0.5], ["-s/2", "0", "+s/2"])
    sawtooth.margins(y=0.2)
    worst = np.abs(error).max() / scale
    describe(sawtooth, f"Largest error: {worst:.2f} s", "value (s)", "error")

    axes[0, 1].get_gridspec().set_width_ratios([1.15, 1, 1])
    axis = axes[0, 1]
    steps = np.array([row["scale"] for row in numbers["uniform"]])
    measured = np.array([row["mean_squared_error"] for row in numbers["uniform"]])
    ratios = measured / (steps**2 / 12)
    line = np.array([steps.min() / 2, steps.max() * 2])
    axis.loglog(line, line**2 / 12, "--", color=FP32_COLOUR, label="s$^2$/12")
    axis.loglog(steps, measured, "o", color=INT8_COLOUR, label="yours")
    axis.legend(frameon=False)
    title = f"Mean squared error: {_times(ratios.min())} to {_times(ratios.max())}\ntimes s$^2$/12"
    describe(axis, title, "scale s (units per code)", "mean squared error (units$^2$)")

    sqnr_by_bits(axes[0, 2], numbers["sweep"], is_yours=True)
    describe(axes[0, 2], axes[0, 2].get_title(), "bits per value", "SQNR (dB)")


def _times(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 100 else f"{ratio:,.0f}"


def _there_and_back(
    values: Array, quantize_int8: Quantize, dequantize_int8: Dequantize
) -> tuple[Array, float]:
    """The restored values in float64, and the scale."""
    codes, scale, zero_point = quantize_int8(Tensor(values))
    restored = np.asarray(dequantize_int8(codes, scale, zero_point), dtype=np.float64)
    return restored, float(scale)


def _sqnr(values: Array, quantize_int8: Quantize, dequantize_int8: Dequantize) -> float:
    return sqnr_db(values, _there_and_back(values, quantize_int8, dequantize_int8)[0])
