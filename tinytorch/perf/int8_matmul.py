"""Matrix products with int8 weights, without ever holding all the weights as floats.

NumPy has no fast integer product, so the codes go through float32 BLAS, a tile at a time. Two
facts make that right:

- Weight-only: scale * (x @ codes - zero_point * sum(x)) is x @ dequantized weights.
- Calibrated: products of codes are whole numbers, and float32 holds every whole number up to
  2**24. Centred input codes (up to 255) times weight codes (up to 128) over EXACT_TERMS = 512
  terms stay below that, so each tile is exact in whatever order BLAS adds; the tiles are then
  added in float64, which is exact up to 2**53.

A tile takes 4 MiB as float32. Other temporaries are kept below 4 MiB, whatever the layer's size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.perf.affine import FLOAT32_SMALLEST_NORMAL, needs_float64
from tinytorch.perf.blocks import BLOCK, PARALLEL_FROM, blocks, in_parallel

Floats = NDArray[np.float32]
Codes = NDArray[np.int8]

TILE = 1 << 20  # weights in a tile
PARTIAL = 1 << 19  # elements in a partial product
EXACT_TERMS = 512  # 512 * 255 * 128 < 2**24
MANY_ROWS = 128
FEW_ROWS = 4


def weight_only_matmul(x: Floats, codes: Codes, scale: float, zero_point: int) -> Floats:
    """Multiply float inputs by int8 weights: x @ ((codes - zero_point) * scale).

    Args:
        x: float32 array of shape (rows, in).
        codes: int8 array of shape (in, out).
        scale: real units per code of the weights.
        zero_point: the weights' code of 0.0.

    Returns:
        float32 array of shape (rows, out).
    """
    if len(x) <= FEW_ROWS and codes.size >= PARALLEL_FROM:
        result = _few_rows(x, codes)
    else:
        result = _many_rows(x, codes)
    result -= np.float32(zero_point) * x.sum(axis=1, keepdims=True)
    if needs_float64(scale):
        return (result * np.float64(scale)).astype(np.float32)
    result *= np.float32(scale)
    return result


def _few_rows(x: Floats, codes: Codes) -> Floats:
    """Multiply where reading the codes takes the time: tiles of whole rows, in threads."""
    inner, outer = codes.shape
    height = max(1, BLOCK // outer)

    def work(start: int, stop: int) -> Floats:
        out = np.empty((len(x), outer), dtype=np.float32)
        _tiled_product(x, codes, list(blocks(start, stop, height)), slice(0, outer), out)
        return out

    parts = in_parallel(work, inner, codes.size, multiple=height)
    for part in parts[1:]:
        parts[0] += part
    return parts[0]


def _many_rows(x: Floats, codes: Codes) -> Floats:
    """Multiply where the products take the time: tiles as large as memory allows."""
    inner, outer = codes.shape
    result = np.empty((len(x), outer), dtype=np.float32)
    if len(x) < MANY_ROWS:
        width = min(outer, PARTIAL // MANY_ROWS)
        height = min(inner, TILE // width)
    else:
        # Tall tiles: a column of the result is then seldom the sum of several products.
        height = min(inner, TILE // 256)
        width = min(outer, TILE // height)
    tall = list(blocks(0, inner, height))
    step = len(x) if len(tall) == 1 else PARTIAL // width
    for rows in blocks(0, len(x), max(1, step)):
        for columns in blocks(0, outer, width):
            _tiled_product(x[rows], codes, tall, columns, result[rows, columns])
    return result


def _tiled_product(
    x: Floats, codes: Codes, tall: Sequence[slice], columns: slice, out: Floats
) -> None:
    """Write the sum over the tiles of x[:, tile] @ codes[tile, columns] into out."""
    width = columns.stop - columns.start
    buffer = np.empty((tall[0].stop - tall[0].start, width), dtype=np.float32)
    partial = np.empty(out.shape if len(tall) > 1 else 0, dtype=np.float32)
    for number, tile in enumerate(tall):
        weights = buffer[: tile.stop - tile.start]
        np.copyto(weights, codes[tile, columns])
        np.matmul(x[:, tile], weights, out=partial if number else out)
        if number:
            out += partial


def integer_matmul(
    x_codes: Codes,
    x_scale: float,
    x_zero_point: int,
    codes: Codes,
    scale: float,
    zero_point: int,
) -> Floats:
    """Multiply int8 inputs by int8 weights exactly, then rescale once.

    The result is float32(sum) * float32(float32(x_scale) * float32(scale)), where
    sum = (x_codes - x_zero_point) @ (codes - zero_point) is an exact integer. ONNX Runtime
    computes the same for DequantizeLinear around MatMul.

    Args:
        x_codes: int8 array of shape (rows, in).
        x_scale: real units per code of the inputs.
        x_zero_point: the inputs' code of 0.0.
        codes: int8 array of shape (in, out).
        scale: real units per code of the weights.
        zero_point: the weights' code of 0.0.

    Returns:
        float32 array of shape (rows, out).
    """
    inner, outer = codes.shape
    multiplier: Any = np.float32(x_scale) * np.float32(scale)
    tiny = multiplier < FLOAT32_SMALLEST_NORMAL
    result = np.empty((len(x_codes), outer), dtype=np.float32)
    buffer = np.empty((min(inner, EXACT_TERMS), min(outer, TILE // EXACT_TERMS // 2)), np.float32)
    for rows in blocks(0, len(x_codes), PARTIAL // 2 // buffer.shape[1]):
        x_part = x_codes[rows]
        x_sums = x_part.sum(axis=1, keepdims=True, dtype=np.int64) - inner * x_zero_point
        for columns in blocks(0, outer, buffer.shape[1]):
            exact = np.zeros((len(x_part), columns.stop - columns.start))
            exact -= zero_point * x_sums
            for tile in blocks(0, inner, EXACT_TERMS):
                weights = buffer[: tile.stop - tile.start, : columns.stop - columns.start]
                np.copyto(weights, codes[tile, columns])
                exact += (x_part[:, tile].astype(np.float32) - np.float32(x_zero_point)) @ weights
            if tiny:
                exact *= float(x_scale) * float(scale)
            result[rows, columns] = exact
    if not tiny:
        result *= multiplier
    return result
