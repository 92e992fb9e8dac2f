"""Fake quantization: the error of any bit width, without its storage.

Values are rounded to the grid that they would have with 2 to 8 bits, with one scale per tensor or
one per channel, and kept as float32. `fake_quantize` does it to an array, `simulate` to a model.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import Layer, Linear, Sequential
from tinytorch.core.structure import flat_layers, is_linear
from tinytorch.core.tensor import Tensor
from tinytorch.core.walk import places
from tinytorch.perf.quantization.affine import affine_grid
from tinytorch.perf.quantization.calibration import calibration_batches, watching_inputs
from tinytorch.perf.quantization.linear import QuantizedLinear
from tinytorch.perf.quantization.observers import MinMaxObserver, Observer
from tinytorch.perf.quantization.validation import FLOAT32_MAX, as_float32, finite_range


def fake_quantize(
    array: Any, bits: int = 8, symmetric: bool = False, axis: int | None = None
) -> NDArray[np.float32]:
    """Round values to a quantization grid over their own range, and keep them as float32.

    Args:
        array: float32 array or Tensor of any shape, finite.
        bits: width of a code, 2 to 8: there are 2**bits codes.
        symmetric: use zero point 0, the codes from -(2**(bits-1) - 1) to 2**(bits-1) - 1, and
            scale max|x| / (2**(bits-1) - 1).
        axis: the channel axis. Every index along it gets its own scale and zero point; None gives
            one for the whole array. A weight of shape (in, out) has its output channels on
            axis 1.

    Returns:
        float32 array of the same shape.

    Raises:
        ValueError: if bits or axis lie outside their range, or the values are empty or not finite.

    Example:
        >>> fake_quantize([-1.0, 0.0, 0.4, 2.0], bits=2)
        array([-1.,  0.,  0.,  2.], dtype=float32)
        >>> fake_quantize([[0.1, 10.0], [0.3, 30.0]], bits=2, axis=1)
        array([[ 0.1, 10. ],
               [ 0.3, 30. ]], dtype=float32)
    """
    values = as_float32(array, "fake_quantize")
    finite_range(values, "fake_quantize: the array")
    _check_bits(bits, "fake_quantize")
    if axis is not None and not -values.ndim <= axis < values.ndim:
        raise ValueError(f"fake_quantize: axis {axis} does not exist in shape {values.shape}")
    others = tuple(a for a in range(values.ndim) if axis is None or a != axis % values.ndim)
    low = values.min(axis=others, keepdims=True).astype(np.float64)
    high = values.max(axis=others, keepdims=True).astype(np.float64)
    return _to_grid(values, low, high, bits, symmetric)


def simulate(
    model: Sequential,
    bits: int = 8,
    *,
    symmetric: bool = False,
    axis: int | None = None,
    calibration_data: Iterable[Tensor] | None = None,
    only: str | None = None,
) -> Sequential:
    """Copy an FP32 model with fake-quantized weights, and activations if there are samples.

    Args:
        model: a Sequential; it stays as it is. The copy is flat: nesting is dissolved.
        bits: width of a code, 2 to 8.
        symmetric: as in `fake_quantize`, for the weights; activations are always asymmetric.
        axis: None for one scale per weight tensor, 1 for one per output channel.
        calibration_data: any iterable of input Tensors; with it, the input of every quantized
            Linear is rounded too, over the range seen there in the FP32 model.
        only: name of the one layer to quantize, as in `layer_report`; all by default.

    Returns:
        A new Sequential. Biases stay FP32.

    Raises:
        ValueError: if the model is quantized, has no Linear or one inside an object of your own, an
            argument is outside its range, or no Linear has the name `only`.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> samples = [Tensor([[0.0, 0.5, 1.0, 2.0]])]
        >>> simulate(Sequential(Linear(4, 2, rng=rng)), bits=4, calibration_data=samples)
        Sequential(RoundToGrid(4 bits, 0 to 2), Linear(4, 2))
    """
    _check_bits(bits, "simulate")
    layers = flat_layers(model)
    linears = {name: layer for name, layer in layers if is_linear(layer)}
    if not linears or any(isinstance(layer, QuantizedLinear) for _, layer in layers):
        raise ValueError(f"simulate needs an FP32 model with Linear layers, got {model!r}")
    taken = {id(layer) for layer in linears.values()}
    for place in places(model, lambda value: isinstance(value, Linear)):
        if id(place.layer) not in taken:
            raise ValueError(
                f"simulate copies the layers of Sequentials; it would leave {place.layer!r}, "
                f"which is at '{place.name}', in FP32"
            )
    if only is not None and only not in linears:
        raise ValueError(f"simulate: there is no Linear {only!r}, only {sorted(linears)}")
    observers: dict[int, Observer] = {id(layer): MinMaxObserver() for layer in linears.values()}
    if calibration_data is not None:
        for _, batch in calibration_batches(calibration_data, "simulate", None):
            with watching_inputs(list(linears.values()), observers):
                model(batch)
    simulated: list[Any] = []
    for name, layer in layers:
        if name not in linears or only not in (None, name):
            simulated.append(layer)
            continue
        if calibration_data is not None:
            simulated.append(RoundToGrid(*observers[id(layer)].range(), bits))
        rounded = Linear(layer.in_features, layer.out_features, bias=layer.bias is not None)
        rounded.weight = Tensor(fake_quantize(layer.weight, bits, symmetric, axis))
        rounded.bias = None if layer.bias is None else Tensor(layer.bias.data.copy())
        simulated.append(rounded)
    return Sequential(*simulated)


class RoundToGrid(Layer):
    """A layer that rounds its inputs to the grid of a fixed range; values outside saturate.

    Args:
        minimum: start of the range, which is widened to hold zero.
        maximum: end of the range.
        bits: width of a code.
    """

    def __init__(self, minimum: float, maximum: float, bits: int) -> None:
        self.minimum, self.maximum, self.bits = minimum, maximum, bits

    def forward(self, x: Tensor) -> Tensor:
        """Round every value; the shape stays."""
        return Tensor(_to_grid(x.data, self.minimum, self.maximum, self.bits, False))

    def __repr__(self) -> str:
        return f"RoundToGrid({self.bits} bits, {self.minimum:g} to {self.maximum:g})"


def _to_grid(
    values: NDArray[np.float32], minimum: Any, maximum: Any, bits: int, symmetric: bool
) -> NDArray[np.float32]:
    """Quantize and dequantize in float64, with bounds that broadcast against the values."""
    half = 2 ** (bits - 1)
    lowest, highest = (1 - half if symmetric else -half), half - 1
    if symmetric:
        maximum = np.maximum(np.abs(minimum), np.abs(maximum))
        minimum = -maximum
    scale, zero_point = affine_grid(minimum, maximum, lowest, highest)
    codes = np.clip(np.rint(values / scale) + zero_point, lowest, highest)
    restored = np.clip((codes - zero_point) * scale, -FLOAT32_MAX, FLOAT32_MAX)
    return np.asarray(restored).astype(np.float32)


def _check_bits(bits: int, name: str) -> None:
    if not isinstance(bits, (int, np.integer)) or isinstance(bits, bool) or not 2 <= bits <= 8:
        raise ValueError(f"{name}: bits must be an integer from 2 to 8, got {bits!r}")
