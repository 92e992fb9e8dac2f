"""What commands print about a quantized model: a line of two figures, and a table of its layers."""

from __future__ import annotations

import math
from typing import Any

from tinytorch.core.layers import Sequential
from tinytorch.perf.analysis import layer_report

Entry = dict[str, Any]


def layer_entries(fp32_model: Sequential, int8_model: Sequential, inputs: Any) -> list[Entry]:
    """What quantization did to every Linear layer, as JSON can hold it.

    Args:
        fp32_model: the model before quantization.
        int8_model: the same model after it.
        inputs: Tensor or array of shape (samples, features).

    Returns:
        Dicts with name, shape, scale and zero_point of the weights, input_scale, input_zero_point
        (None without calibration), and weight_sqnr_db, own_sqnr_db and sqnr_db as in
        `layer_report`, None where there is no error at all.
    """
    return [
        {
            "name": row["name"],
            "shape": list(row["shape"] or ()),
            "scale": row["weight_scale"],
            "zero_point": row["weight_zero_point"],
            "input_scale": row["input_scale"],
            "input_zero_point": row["input_zero_point"],
            "weight_sqnr_db": _finite(row["weight_sqnr_db"]),
            "own_sqnr_db": _finite(row["own_sqnr_db"]),
            "sqnr_db": _finite(row["sqnr_db"]),
        }
        for row in layer_report(fp32_model, int8_model, inputs)
        if row["kind"] == "QuantizedLinear"
    ]


def _finite(decibels: float | None) -> float | None:
    """JSON has no infinity, which stands for "no error at all"."""
    return None if decibels is None or math.isinf(decibels) else decibels


def layer_table(layers: list[Entry]) -> list[str]:
    """The entries as lines of at most 80 columns, under a line of titles."""
    lines = [
        f"{'layer':<7}{'shape':>9}{'weight scale':>15}{'zero point':>12}"
        f"{'input scale':>14}{'zero point':>12}{'SQNR':>11}"
    ]
    for layer in layers:
        sqnr = "exact" if layer["sqnr_db"] is None else f"{layer['sqnr_db']:.1f} dB"
        lines.append(
            f"{layer['name']:<7}{'x'.join(map(str, layer['shape'])):>9}{layer['scale']:>15.6f}"
            f"{layer['zero_point']:>12}{layer['input_scale']:>14.6f}"
            f"{layer['input_zero_point']:>12}{sqnr:>11}"
        )
    return lines


def line(name: str, before: float, after: float, form: str = "{:,}", ratio: bool = True) -> str:
    """A line of two figures, and how many times the first one the second is."""
    quotient = f"{after / before:.2f}" if ratio else ""
    return f"{name:<34}{form.format(before):>12}{form.format(after):>12}{quotient:>12}"
