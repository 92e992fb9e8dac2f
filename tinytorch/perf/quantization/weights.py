"""What becomes of the weight and the bias of a Linear, and what is lost by it.

    granularity="per_tensor"    one scale and zero point for the whole weight, as in the textbook
    granularity="per_channel"   one scale for every output, zero point 0, as engines have them
    bias="int8"                 codes with a scale of their own, as in the textbook
    bias="float32"              as it is

Per channel, the scale of output j is max|weight[:, j]| / 127 and its codes go from -127 to 127
(Krishnamoorthi 2018, arXiv:1806.08342, section 2.2).
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.linear import Linear
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization.affine import (
    FLOAT32_SMALLEST_NORMAL,
    dequantize_array,
    fits_float32,
    quantize_int8,
)
from tinytorch.perf.quantization.validation import (
    FLOAT32_MAX,
    INT8_MAX_VALUE,
    QParams,
    as_float32,
    check_codes,
    finite_range,
    naming,
)

GRANULARITIES = ("per_tensor", "per_channel")
BIASES = ("int8", "float32")
# An entry of a bias that is lost matters from this share of the length of its output's weights on:
# for inputs of variance 1 that is 40 dB, about what quantizing the weights costs.
BIAS_MATTERS = 0.01
MAX_NAMED = 3  # outputs in a warning

Array = NDArray[Any]


def check_choices(granularity: Any, bias: Any, name: str) -> None:
    """Refuse what is no granularity or no kind of bias.

    Raises:
        ValueError: with the choices there are.
    """
    for what, given, known in (("granularity", granularity, GRANULARITIES), ("bias", bias, BIASES)):
        if given not in known:
            raise ValueError(f"{name}: {what} must be one of {list(known)}, got {given!r}")


def quantize_weight(layer: Linear, granularity: str) -> tuple[Tensor, QParams]:
    """Quantize the weight of a layer.

    Returns:
        (codes, qparams): an int8 Tensor of shape (in, out), and a scale that is a number or an
        array of shape (out,).

    Raises:
        TypeError: if it is not float32.
        ValueError: if it does not have the layer's shape, or is not finite.
    """
    values = _parameter(layer, "weight", (layer.in_features, layer.out_features))
    if granularity == "per_tensor":
        codes, scale, zero_point = quantize_int8(Tensor(values))
        return codes, QParams(scale, zero_point)
    largest = np.abs(values).max(axis=0).astype(np.float64)
    exact = np.where(largest > 0, largest, INT8_MAX_VALUE) / INT8_MAX_VALUE
    fits = exact.min() >= FLOAT32_SMALLEST_NORMAL
    scales: Array = exact.astype(np.float32) if fits else exact  # tiny ones keep their signal
    codes_array = np.rint(values / scales)
    np.clip(codes_array, -INT8_MAX_VALUE, INT8_MAX_VALUE, out=codes_array)
    return Tensor(codes_array.astype(np.int8)), QParams(scales, 0)


def quantize_bias(layer: Linear) -> tuple[Tensor, QParams]:
    """Quantize the bias of a layer that has one; raises what `quantize_weight` raises."""
    codes, scale, zero_point = quantize_int8(Tensor(float_bias(layer).data))
    return codes, QParams(scale, zero_point)


def float_bias(layer: Linear) -> Tensor:
    """A copy of the bias of a layer that has one; raises what `quantize_weight` raises."""
    return Tensor(_parameter(layer, "bias", (layer.out_features,)).copy())


def _parameter(layer: Linear, name: str, shape: tuple[int, ...]) -> Array:
    values = as_float32(getattr(layer, name), f"the {name} of {layer!r}")
    if values.shape != shape:
        raise ValueError(f"the {name} of {layer!r} should have shape {shape}, has {values.shape}")
    with naming(f"the {name} of {layer!r}"):
        finite_range(values, "it")
    return values


def check_bias(
    q_bias: Any, qparams: QParams | None, float_bias: Any, outputs: int, name: str
) -> None:
    """Refuse a bias that is neither int8 codes with their qparams, nor float32, nor nothing.

    Raises:
        TypeError: if it has another type.
        ValueError: if it is both, has another shape, or its qparams do not fit.
    """
    if q_bias is not None or qparams is not None:
        check_codes(q_bias, 1, qparams, name)
        if float_bias is not None:
            raise ValueError(f"{name}: it is int8 or float32, got both")
    if float_bias is not None:
        as_float32(float_bias, name)
    bias = q_bias if float_bias is None else float_bias
    if bias is not None and bias.shape != (outputs,):
        kind = "codes" if float_bias is None else "values"
        raise ValueError(f"{name}: the {kind} must have shape ({outputs},), got shape {bias.shape}")


def dequantize_codes(codes: Array, qparams: QParams) -> NDArray[np.float32]:
    """Restore float32 values from codes of one scale, or of one scale for each last index."""
    if not isinstance(qparams.scale, np.ndarray):
        return dequantize_array(codes, qparams.scale, qparams.zero_point)
    if fits_float32(qparams.scale):
        return np.multiply(codes, qparams.scale, dtype=np.float32)
    restored = codes * qparams.scale.astype(np.float64)
    return np.clip(restored, -FLOAT32_MAX, FLOAT32_MAX).astype(np.float32)


def warn_of_losses(layer: Linear, weight_is_kept: Array, bias: Array, name: str) -> None:
    """Warn of outputs that lose all their weights, or their bias, since others are much larger.

    Args:
        layer: the FP32 layer.
        weight_is_kept: of shape (in, out), whether a weight is restored to something else than 0.
        bias: what the bias is restored to.
        name: of the layer.
    """
    weight = layer.weight.data
    largest = np.abs(weight).max(axis=0)
    gone = np.flatnonzero((largest > 0) & ~weight_is_kept.any(axis=0))
    if gone.size:
        warnings.warn(
            f"{name}: {_outputs('column', gone)} of the weight {_are(gone)} lost: "
            f"up to {largest[gone].max():g}, all is restored to zero, as one scale serves all "
            f"columns and others reach {largest.max():g}. Use granularity='per_channel'.",
            UserWarning, stacklevel=3,
        )  # fmt: skip
    if layer.bias is None:
        return
    entries = np.abs(layer.bias.data)
    lengths = np.sqrt(np.square(weight, dtype=np.float64).sum(axis=0))
    gone = np.flatnonzero((entries > BIAS_MATTERS * lengths) & (bias == 0))
    if gone.size:
        warnings.warn(
            f"{name}: {_outputs('entry', gone)} of the bias {_are(gone)} lost: "
            f"{layer.bias.data[gone[0]]:g} is restored to zero, as one scale serves all entries "
            f"and others reach {entries.max():g}. Use bias='float32'.",
            UserWarning, stacklevel=3,
        )  # fmt: skip


def _outputs(what: str, positions: Array) -> str:
    plural = {"column": "columns", "entry": "entries"}[what] if positions.size > 1 else what
    more = f" and {positions.size - MAX_NAMED:,} more" if positions.size > MAX_NAMED else ""
    return f"{plural} {', '.join(map(str, positions[:MAX_NAMED]))}{more}"


def _are(positions: Array) -> str:
    return "are" if positions.size > 1 else "is"
