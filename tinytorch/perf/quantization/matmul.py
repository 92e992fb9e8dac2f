"""Matrix products with int8 weights, without ever holding all the weights as floats.

NumPy has no fast integer product, so the codes go through float32 BLAS, a tile at a time:

- Weight-only: each tile is centred, codes - zero_point, so that a weight of zero counts as exactly
  zero whatever it is multiplied by. (Subtracting zero_point * sum(x) from the product would be
  faster for few rows, but cancels badly where x has outliers.)
- Calibrated: products of codes are whole numbers, and float32 holds every whole number up to
  2**24. Centred input codes (up to 255) times weight codes (up to 128) over EXACT_TERMS = 512
  terms stay below that, so each tile is exact in whatever order BLAS adds; the tiles are then
  added in float64, which is exact up to 2**53.

Weights have one scale, or one for every column of codes. Those are applied to each tile before a
weight-only product, and to the sums of a calibrated one.

A tile takes 4 MiB as float32. Other temporaries of the weight-only product are kept below 4 MiB,
whatever the size of the layer and of the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.product import matrix_product
from tinytorch.perf.quantization.affine import FLOAT32_SMALLEST_NORMAL, fits_float32, quantize_array
from tinytorch.perf.quantization.parallel import BLOCK, PARALLEL_FROM, blocks, in_parallel
from tinytorch.perf.quantization.validation import FLOAT32_MAX, QParams
from tinytorch.perf.quantization.weights import dequantize_codes

Floats = NDArray[np.float32]
Codes = NDArray[np.int8]
Grid = tuple[Any, int]  # scale or scales of columns (None: applied elsewhere) and zero point

TILE = 1 << 20  # weights in a tile
PARTIAL = 1 << 19  # elements in a partial product
EXACT_TERMS = 512  # 512 * 255 * 128 < 2**24
SMALL_RESULT = 1 << 14  # elements; up to here, reading the weights takes the time
MANY_ROWS = 128  # from here on, the products take it
MAX_ROWS, MAX_CODES = 256, 1 << 22  # of a batch that are quantized at a time


def weight_only_matmul(x: Floats, codes: Codes, scale: Any, zero_point: int) -> Floats:
    """Multiply float inputs by int8 weights: x @ ((codes - zero_point) * scale).

    Args:
        x: float32 array of shape (rows, in).
        codes: int8 array of shape (in, out).
        scale: real units per code of the weights, or an array of shape (out,) of them.
        zero_point: the weights' code of 0.0.

    Returns:
        float32 array of shape (rows, out).
    """
    # The scale is applied to whatever is smaller: x, or each tile.
    small = len(x) < codes.shape[1] and x.size <= PARTIAL
    scale_x = small and not isinstance(scale, np.ndarray) and fits_float32(scale)
    if scale_x:
        x = x * np.float32(scale)
    grid = None if scale_x else scale, zero_point
    if len(x) * codes.shape[1] <= SMALL_RESULT and codes.size >= PARALLEL_FROM:
        return _in_threads(x, codes, grid)
    return _tile_by_tile(x, codes, grid)


def _in_threads(x: Floats, codes: Codes, grid: Grid) -> Floats:
    """Multiply by the codes' real values, with the rows of codes divided among threads."""
    inner, outer = codes.shape
    height = max(1, BLOCK // outer)

    def work(start: int, stop: int) -> Floats:
        out = np.empty((len(x), outer), dtype=np.float32)
        _sum_of_tiles(x, codes, list(blocks(start, stop, height)), slice(0, outer), grid, out)
        return out

    parts = in_parallel(work, inner, codes.size, multiple=height)
    for part in parts[1:]:
        parts[0] += part
    return parts[0]


def _tile_by_tile(x: Floats, codes: Codes, grid: Grid) -> Floats:
    """Multiply by the codes' real values, with tiles as large as memory allows."""
    inner, outer = codes.shape
    result = np.empty((len(x), outer), dtype=np.float32)
    if len(x) < MANY_ROWS:
        width = min(outer, PARTIAL // MANY_ROWS)
        height = min(inner, TILE // width)
    else:
        # High tiles: the result is then seldom the sum of several products.
        height = min(inner, TILE // 256)
        width = min(outer, TILE // height)
    tiles = list(blocks(0, inner, height))
    most_rows = PARTIAL // width if len(tiles) > 1 else len(x)
    for rows in blocks(0, len(x), max(1, most_rows)):
        for columns in blocks(0, outer, width):
            _sum_of_tiles(x[rows], codes, tiles, columns, grid, result[rows, columns])
    return result


def _sum_of_tiles(
    x: Floats, codes: Codes, tiles: Sequence[slice], columns: slice, grid: Grid, out: Floats
) -> None:
    """Write the sum of the products of x[:, tile] and the tile's real values into out."""
    scale, zero_point = grid
    if isinstance(scale, np.ndarray):
        scale = scale[columns]
    width = columns.stop - columns.start
    buffer = np.empty((tiles[0].stop - tiles[0].start, width), dtype=np.float32)
    partial = np.empty(out.shape if len(tiles) > 1 else 0, dtype=np.float32)
    for number, tile in enumerate(tiles):
        weights = buffer[: tile.stop - tile.start]
        if scale is not None and not fits_float32(scale):
            weights[:] = dequantize_codes(codes[tile, columns], QParams(scale, zero_point))
        else:
            np.copyto(weights, codes[tile, columns])
            if zero_point:
                weights -= np.float32(zero_point)
            if scale is not None:
                weights *= np.asarray(scale, np.float32)
        matrix_product(x[:, tile], weights, partial if number else out)
        if number:
            out += partial


def calibrated_matmul(
    x: Floats, bounds: tuple[float, float], inputs: QParams, codes: Codes, weight: QParams
) -> Floats:
    """Quantize float inputs and multiply them by int8 weights, some rows at a time.

    Args:
        x: float32 array of shape (rows, in), finite.
        bounds: the smallest and the largest value of x.
        inputs: scale and zero point that x is quantized with.
        codes: int8 array of shape (in, out).
        weight: their scale, or one for every column, and their zero point.

    Returns:
        float32 array of shape (rows, out).
    """
    result = np.empty((len(x), codes.shape[1]), dtype=np.float32)
    for part in blocks(0, len(x), min(MAX_ROWS, -(-MAX_CODES // codes.shape[0]))):
        x_codes = quantize_array(x[part], *inputs, bounds)
        integer_matmul(x_codes, *inputs, codes, *weight, result[part])
    return result


def integer_matmul(
    x_codes: Codes,
    x_scale: float,
    x_zero_point: int,
    codes: Codes,
    scale: Any,
    zero_point: int,
    out: Floats,
) -> None:
    """Multiply int8 inputs by int8 weights exactly, then rescale once.

    The result is float32(sum) * float32(x_scale * scale), where
    sum = (x_codes - x_zero_point) @ (codes - zero_point) is an exact integer. ONNX Runtime
    computes the same for DequantizeLinear around MatMul (on x86 processors without VNNI, with the
    session option session.x64quantprecision=1). Where the product of the scales is not a normal
    float32, the product is taken in float64.

    Args:
        x_codes: int8 array of shape (rows, in).
        x_scale: real units per code of the inputs.
        x_zero_point: the inputs' code of 0.0.
        codes: int8 array of shape (in, out).
        scale: real units per code of the weights, or an array of shape (out,) of them.
        zero_point: the weights' code of 0.0.
        out: float32 array of shape (rows, out) for the result.
    """
    inner, outer = codes.shape
    # A product of two float32 numbers is exact in float64, and rounded once when it is cast.
    multipliers = np.broadcast_to(np.multiply(x_scale, scale, dtype=np.float64), outer)
    in_float32 = (multipliers >= FLOAT32_SMALLEST_NORMAL) & (multipliers <= FLOAT32_MAX)
    centre = np.float32(x_zero_point)
    sums = x_codes.sum(axis=1, keepdims=True, dtype=np.int64) - inner * x_zero_point
    # Half as wide as a tile could be: the exact sums take twice the bytes of the weights.
    for columns in blocks(0, outer, TILE // EXACT_TERMS // 2):
        width = columns.stop - columns.start
        buffer = np.empty((min(inner, EXACT_TERMS), width), dtype=np.float32)
        exact = np.full((len(x_codes), width), -zero_point * sums, dtype=np.float64)
        for tile in blocks(0, inner, EXACT_TERMS):
            weights = buffer[: tile.stop - tile.start]
            np.copyto(weights, codes[tile, columns])
            exact += matrix_product(x_codes[:, tile].astype(np.float32) - centre, weights)
        multiplier = multipliers[columns]
        with np.errstate(over="ignore", invalid="ignore"):
            np.multiply(exact.astype(np.float32), multiplier.astype(np.float32), out[:, columns])
        if not in_float32[columns].all():
            in_float64 = np.clip(exact * multiplier, -FLOAT32_MAX, FLOAT32_MAX)
            np.copyto(out[:, columns], in_float64, "same_kind", ~in_float32[columns])
