"""A Linear layer in integers from end to end, as engines compute it: the lesson's bonus exercise.

Jacob et al., 2018, arXiv:1712.05877, section 2.2 to 2.4: int8 codes are multiplied and added up in
int32; the bias is int32 with the scale of these sums; one multiplication makes the next layer's
codes of them. A ReLU behind the layer costs nothing where its outputs have zero point -128: they
saturate there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization import INT8_MAX_VALUE, INT8_MIN_VALUE


def quantize_bias(bias: Tensor, scale: float) -> Tensor:
    """Quantize a bias so that it can be added to sums of products of codes.

    Args:
        bias: Tensor of shape (out,), float32.
        scale: of the sums, input_scale * weight_scale.

    Returns:
        Tensor of int32 codes, shape (out,), with zero point 0.

    Example:
        >>> quantize_bias(Tensor([1.0, -0.25]), 0.001).data
        array([1000, -250], dtype=int32)
    """
    codes = np.rint(bias.data.astype(np.float64) / scale)
    limits = np.iinfo(np.int32)
    return Tensor(np.clip(codes, limits.min, limits.max).astype(np.int32))


def integer_linear(
    q_x: Tensor,
    x_zero_point: int,
    q_weight: Tensor,
    weight_zero_point: int,
    q_bias: Tensor,
    multiplier: float,
    y_zero_point: int,
) -> Tensor:
    """Compute the codes of a layer's outputs from the codes of its inputs, in integers.

    Args:
        q_x: Tensor of int8 codes, shape (rows, in), and their zero point.
        x_zero_point: an int.
        q_weight: Tensor of int8 codes, shape (in, out), and their zero point.
        weight_zero_point: an int.
        q_bias: Tensor of int32 codes, shape (out,), from `quantize_bias`.
        multiplier: input_scale * weight_scale / output_scale, multiplied in float32 as in ONNX
            Runtime.
        y_zero_point: of the output's codes.

    Returns:
        Tensor of int8 codes, shape (rows, out).

    Example:
        >>> q_x, q_weight = Tensor(np.int8([[10, 20]])), Tensor(np.int8([[3], [-1]]))
        >>> integer_linear(q_x, 0, q_weight, 0, Tensor(np.int32([90])), 0.1, 5).data
        array([[15]], dtype=int8)
    """
    x = _centred(q_x, x_zero_point)
    sums = x @ _centred(q_weight, weight_zero_point) + q_bias.data
    codes = np.rint(sums.astype(np.float32) * np.float32(multiplier)) + y_zero_point
    return Tensor(np.clip(codes, INT8_MIN_VALUE, INT8_MAX_VALUE).astype(np.int8))


def _centred(codes: Tensor, zero_point: int) -> NDArray[Any]:
    """Distances from the zero point, as int32."""
    return codes.data.astype(np.int32) - zero_point
