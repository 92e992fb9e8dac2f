"""Matrix products with int8 weights, without ever holding all the weights as floats.

NumPy has no fast integer product, so the codes go through float32 BLAS, a tile at a time:

- Weight-only: scale * (x @ codes - zero_point * sum(x)) is x @ dequantized weights. For few rows,
  correcting the small result is cheaper than dequantizing every tile; for many, it is dearer.
- Calibrated: products of codes are whole numbers, and float32 holds every whole number up to
  2**24. Centred input codes (up to 255) times weight codes (up to 128) over EXACT_TERMS = 512
  terms stay below that, so each tile is exact in whatever order BLAS adds; the tiles are then
  added in float64, which is exact up to 2**53.

A tile takes 4 MiB as float32. Other temporaries of the weight-only product are kept below 2 MiB,
whatever the size of the layer and of the batch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tinytorch.perf.affine import FLOAT32_SMALLEST_NORMAL, needs_float64
from tinytorch.perf.blocks import BLOCK, PARALLEL_FROM, blocks, in_parallel, scratch

Floats = NDArray[np.float32]
Codes = NDArray[np.int8]

TILE = 1 << 20  # weights in a tile
PARTIAL = 1 << 19  # elements in a partial product
EXACT_TERMS = 512  # 512 * 255 * 128 < 2**24
FEW_ROWS = 4  # up to here, reading the weights takes the time
MANY_ROWS = 128  # from here on, the products take it


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
    # Dequantizing passes twice over the codes; correcting, once over x and twice over the result.
    dequantizing, correcting = 2 * codes.size, len(x) * (codes.shape[0] + 2 * codes.shape[1])
    if dequantizing < correcting or needs_float64(scale):
        return _tile_by_tile(x, codes, (scale, zero_point))
    if len(x) <= FEW_ROWS and codes.size >= PARALLEL_FROM:
        result = _in_threads(x, codes)
    else:
        result = _tile_by_tile(x, codes, None)
    # The sum of each row, as a product with ones: BLAS is faster at it than np.sum.
    result -= x @ np.full((x.shape[1], 1), zero_point, dtype=np.float32)
    result *= np.float32(scale)
    return result


def _in_threads(x: Floats, codes: Codes) -> Floats:
    """Compute x @ codes, with the rows of codes divided among threads."""
    inner, outer = codes.shape
    height = max(1, BLOCK // outer)

    def work(start: int, stop: int) -> Floats:
        out = np.empty((len(x), outer), dtype=np.float32)
        _sum_of_tiles(x, codes, list(blocks(start, stop, height)), slice(0, outer), None, out)
        return out

    parts = in_parallel(work, inner, codes.size, multiple=height)
    for part in parts[1:]:
        parts[0] += part
    return parts[0]


def _tile_by_tile(x: Floats, codes: Codes, qparams: tuple[float, int] | None) -> Floats:
    """Compute x @ codes, or x @ dequantized codes, with tiles as large as memory allows."""
    inner, outer = codes.shape
    result = np.empty((len(x), outer), dtype=np.float32)
    if len(x) < MANY_ROWS:
        width = min(outer, PARTIAL // MANY_ROWS)
        height = min(inner, TILE // width)
    else:
        # Tall tiles: the result is then seldom the sum of several products.
        height = min(inner, TILE // 256)
        width = min(outer, TILE // height)
    tall = list(blocks(0, inner, height))
    most_rows = PARTIAL // width if len(tall) > 1 else len(x)
    for rows in blocks(0, len(x), max(1, most_rows)):
        for columns in blocks(0, outer, width):
            _sum_of_tiles(x[rows], codes, tall, columns, qparams, result[rows, columns])
    return result


def _sum_of_tiles(
    x: Floats,
    codes: Codes,
    tall: Sequence[slice],
    columns: slice,
    qparams: tuple[float, int] | None,
    out: Floats,
) -> None:
    """Write the sum of x[:, tile] @ codes[tile, columns] over the tiles into out."""
    width = columns.stop - columns.start
    buffer = scratch((tall[0].stop - tall[0].start, width), np.float32)
    partial = np.empty(out.shape if len(tall) > 1 else 0, dtype=np.float32)
    for number, tile in enumerate(tall):
        weights = buffer[: tile.stop - tile.start]
        np.copyto(weights, codes[tile, columns])
        if qparams is not None:
            scale, zero_point = qparams
            weights -= np.float32(zero_point)
            weights *= np.float64(scale) if needs_float64(scale) else np.float32(scale)
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
    out: Floats,
) -> None:
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
        out: float32 array of shape (rows, out) for the result.
    """
    inner, outer = codes.shape
    multiplier = np.float32(x_scale) * np.float32(scale)
    centre = np.float32(x_zero_point)
    sums = x_codes.sum(axis=1, keepdims=True, dtype=np.int64) - inner * x_zero_point
    for columns in blocks(0, outer, TILE // EXACT_TERMS // 2):
        width = columns.stop - columns.start
        exact = np.full((len(x_codes), width), -zero_point * sums, dtype=np.float64)
        for tile in blocks(0, inner, EXACT_TERMS):
            weights = scratch((tile.stop - tile.start, width), np.float32)
            np.copyto(weights, codes[tile, columns])
            exact += (x_codes[:, tile].astype(np.float32) - centre) @ weights
        if multiplier < FLOAT32_SMALLEST_NORMAL:
            out[:, columns] = exact * (float(x_scale) * float(scale))
        else:
            np.multiply(exact.astype(np.float32), multiplier, out=out[:, columns])
