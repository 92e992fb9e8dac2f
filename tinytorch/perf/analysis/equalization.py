"""Cross-layer equalization: the same function with weights that quantize well.

ReLU(s * x) = s * ReLU(x) for s > 0. So in Linear, ReLU, Linear each hidden unit can be scaled up
in the first layer and down in the second without any change of the network's function. Such a
rescaling can make the ranges of the units very different; one scale per tensor is then far too
coarse for the small ones. Equalization chooses the factors that make them alike again
(Nagel et al. 2019, arXiv:1906.04721, section 4.1).

The factors used here are powers of two. Multiplying by them is exact in binary floating point,
so that the FP32 network's outputs stay the same bit for bit. The paper's own factors would make
the ranges equal; the nearest powers of two make them equal to within a factor of two.
"""

from __future__ import annotations

import copy

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import Linear, ReLU, Sequential
from tinytorch.core.structure import flat_layers, is_linear
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization.validation import finite_range

# Exponents of the smallest and largest magnitudes that a rescaled weight may have: float32's
# normal numbers reach from -126 to 127, so products with typical inputs stay normal too.
LOWEST_EXPONENT, HIGHEST_EXPONENT = -100, 100
MAX_PASSES = 50


def rescale_hidden_units(model: Sequential, decades: float = 1.5, seed: int = 0) -> Sequential:
    """Scale every hidden unit up or down at random, without changing the model's function.

    Args:
        model: a Sequential in which Linear, ReLU, Linear follow each other; it stays as it is.
        decades: the factors lie between 10**-decades and 10**decades, their logarithms evenly
            spread; each is rounded to a power of two.
        seed: decides which unit gets which factor.

    Returns:
        A copy that gives the same FP32 outputs, bit for bit, but quantizes badly per tensor.

    Raises:
        ValueError: if no Linear, ReLU, Linear follow each other, or decades is not from 0 to 9.

    Example:
        >>> from tinytorch.datasets import load_digits, load_digits_model
        >>> model, images = load_digits_model(), load_digits().test_images
        >>> bool((rescale_hidden_units(model)(images).data == model(images).data).all())
        True
    """
    if not 0 <= decades <= 9:
        raise ValueError(f"rescale_hidden_units: decades must lie from 0 to 9, got {decades}")
    result = copy.deepcopy(model)
    rng = np.random.default_rng(seed)
    for first, second in _hidden_pairs(result, "rescale_hidden_units"):
        exponents = np.log2(10.0) * rng.uniform(-decades, decades, first.out_features)
        _scale_units(first, second, np.rint(exponents).astype(np.int64))
    return result


def equalize(model: Sequential) -> Sequential:
    """Make the ranges of every hidden unit's incoming and outgoing weights alike.

    Unit i gets the factor s_i = sqrt(r2_i / r1_i), rounded to a power of two, where r1_i is the
    largest magnitude among its incoming weights and r2_i among its outgoing ones. The pairs of
    layers are visited until nothing changes, at most 50 times.

    Args:
        model: a Sequential in which Linear, ReLU, Linear follow each other; it stays as it is.

    Returns:
        A copy that gives the same FP32 outputs, bit for bit.

    Raises:
        ValueError: if no Linear, ReLU, Linear follow each other.

    Example:
        >>> layers = Linear(1, 2), ReLU(), Linear(2, 1)
        >>> layers[0].weight, layers[2].weight = Tensor([[0.25, 64.0]]), Tensor([[16.0], [1.0]])
        >>> equalized = equalize(Sequential(*layers))
        >>> equalized.layers[0].weight.data, equalized.layers[2].weight.data.T
        (array([[2., 8.]], dtype=float32), array([[2., 8.]], dtype=float32))
    """
    result = copy.deepcopy(model)
    pairs = _hidden_pairs(result, "equalize")
    for _ in range(MAX_PASSES):
        changed = False
        for first, second in pairs:
            incoming = np.abs(first.weight.data).max(axis=0).astype(np.float64)
            outgoing = np.abs(second.weight.data).max(axis=1).astype(np.float64)
            used = (incoming > 0) & (outgoing > 0)
            ratio = np.where(used, outgoing, 1.0) / np.where(used, incoming, 1.0)
            exponents = np.rint(np.log2(ratio) / 2).astype(np.int64)
            changed |= _scale_units(first, second, exponents)
        if not changed:
            break
    return result


def _hidden_pairs(model: Sequential, name: str) -> list[tuple[Linear, Linear]]:
    """The Linears around every ReLU, where each of them occurs only once in the model."""
    layers = [layer for _, layer in flat_layers(model)]
    for layer in layers:
        for tensor in layer.parameters() if is_linear(layer) else []:
            finite_range(tensor.data, f"{name}: a parameter of {layer!r}")
    pairs = [
        (first, second)
        for first, relu, second in zip(layers, layers[1:], layers[2:], strict=False)
        if type(first) is Linear and type(relu) is ReLU and type(second) is Linear
        # A layer that is used in a second place would change its function there.
        if sum(layer is first for layer in layers) == sum(layer is second for layer in layers) == 1
    ]
    if not pairs:
        raise ValueError(
            f"{name} needs Linear, ReLU, Linear one after another (each used once), got {model!r}"
        )
    return pairs


def _scale_units(first: Linear, second: Linear, exponents: NDArray[np.int64]) -> bool:
    """Multiply unit i by 2**exponents[i] before the ReLU and divide by it behind."""
    incoming = [first.weight.data] if first.bias is None else [first.weight.data, first.bias.data]
    safe = np.logical_and.reduce(
        [_stays_normal(array, exponents) for array in incoming]
        + [_stays_normal(second.weight.data.T, -exponents)]
    )
    exponents = np.where(safe, exponents, 0).astype(np.int32)
    first.weight = Tensor(np.ldexp(first.weight.data, exponents))
    if first.bias is not None:
        first.bias = Tensor(np.ldexp(first.bias.data, exponents))
    second.weight = Tensor(np.ldexp(second.weight.data, -exponents[:, None]))
    return bool(exponents.any())


def _stays_normal(array: NDArray[np.float32], exponents: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether every unit (last axis) keeps all its values far from float32's limits."""
    mantissa, exponent = np.frexp(array)
    scaled = exponent + exponents
    fits = (mantissa == 0) | ((scaled > LOWEST_EXPONENT) & (scaled < HIGHEST_EXPONENT))
    return np.asarray(fits.reshape(-1, array.shape[-1]).all(axis=0))
