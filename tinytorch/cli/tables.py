"""What commands print about a quantized model: a line of two figures, and a table of its layers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

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
        Dicts with name, shape, scale (a list of them per channel) and zero_point of the weights,
        input_scale, input_zero_point (None without calibration), and weight_sqnr_db, own_sqnr_db,
        sqnr_db, worst_output and worst_output_sqnr_db as in `layer_report`, None where there is no
        error at all.
    """
    return [
        {
            "name": row["name"],
            "shape": list(row["shape"] or ()),
            "scale": np.asarray(row["weight_scale"]).tolist(),
            "zero_point": row["weight_zero_point"],
            "input_scale": row["input_scale"],
            "input_zero_point": row["input_zero_point"],
            "weight_sqnr_db": _finite(row["weight_sqnr_db"]),
            "own_sqnr_db": _finite(row["own_sqnr_db"]),
            "sqnr_db": _finite(row["sqnr_db"]),
            "worst_output": row["worst_output"],
            "worst_output_sqnr_db": _finite(row["worst_output_sqnr_db"]),
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
        f"{'layer':<6}{'shape':>9}{'weight scale':>13}{'zero point':>11}{'input scale':>12}"
        f"{'zero point':>11}{'SQNR':>9}{'worst':>9}"
    ]
    for layer in layers:
        scale = layer["scale"]
        lines.append(
            f"{layer['name']:<6}{'x'.join(map(str, layer['shape'])):>9}"
            f"{'per channel' if isinstance(scale, list) else _number(scale):>13}"
            f"{layer['zero_point']:>11}{_number(layer['input_scale']):>12}"
            f"{layer['input_zero_point']:>11}{_decibels(layer['sqnr_db']):>9}"
            f"{_decibels(layer['worst_output_sqnr_db']):>9}"
        )
    return lines


def _number(scale: float) -> str:
    return f"{scale:.6f}" if 1e-4 <= scale < 1e5 else f"{scale:.3e}"


def _decibels(value: float | None) -> str:
    return "exact" if value is None else f"{value:.1f} dB"


def line(name: str, before: float, after: float, form: str = "{:,}", ratio: bool = True) -> str:
    """A line of two figures, and how many times the first one the second is."""
    quotient = f"{after / before:.2f}" if ratio else ""
    return f"{name:<34}{form.format(before):>12}{form.format(after):>12}{quotient:>12}"
