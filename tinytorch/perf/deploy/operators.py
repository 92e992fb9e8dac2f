"""What each kind of layer becomes in ONNX: operators, and constants that they take."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import GELU, Dropout, Flatten, Linear, ReLU, Sigmoid, Softmax, Tanh
from tinytorch.perf.quantization.linear import QuantizedLinear
from tinytorch.perf.quantization.validation import INT8_MAX_VALUE, INT8_MIN_VALUE

INT32 = np.iinfo(np.int32)
FLOAT32 = np.finfo(np.float32)

Array = NDArray[Any]


class Graph:
    """Nodes and constants in the making.

    Attributes:
        nodes: (operator, names of inputs, name of the output, attributes).
        constants: arrays by name.
    """

    def __init__(self) -> None:
        self.nodes: list[tuple[str, list[str], str, dict[str, Any]]] = []
        self.constants: dict[str, Array] = {}
        self._names: dict[int, str] = {}

    def add(self, kind: str, inputs: list[str], output: str, **attributes: int) -> str:
        """Add a node; the name of its output."""
        self.nodes.append((kind, inputs, output, attributes))
        return output

    def constant(self, name: str, value: Any) -> str:
        """Name an array; one that layers share, or a name's first one, is there once."""
        if name in self.constants:
            return name
        array = np.asarray(value)
        name = self._names.setdefault(id(array), name)
        self.constants[name] = array  # which keeps its id from being another's
        return name


def _linear(graph: Graph, layer: Linear, name: str, x: str) -> str:
    weight = graph.constant(f"{name}.weight", layer.weight.data)
    bias = None if layer.bias is None else layer.bias.data
    return _product(graph, name, x, weight, bias, "Add")


def _quantized_linear(graph: Graph, layer: QuantizedLinear, name: str, x: str) -> str:
    codes = graph.constant(f"{name}.weight", layer.q_weight.data)
    scales = np.asarray(layer.weight_scale)
    zero_points = np.full(scales.shape, layer.weight_zero_point, np.int8)
    qparams = _qparams(graph, name, "weight", scales, zero_points)
    axis = {"axis": 1} if scales.ndim else {}  # one scale for every column
    weight = graph.add("DequantizeLinear", [codes, *qparams], f"{name}.weight.real", **axis)
    has_bias = layer.q_bias is not None or layer.float_bias is not None
    bias = layer.dequantized_bias().data if has_bias else None
    if layer.input_scale is None or layer.input_zero_point is None:
        return _product(graph, name, x, weight, bias, "Add")
    _check_fits_engines(layer, layer.input_scale, layer.input_zero_point, name)
    if bias is None:
        bias = np.zeros(layer.out_features, np.float32)
    scale, zero_point = np.asarray(layer.input_scale), np.int8(layer.input_zero_point)
    qparams = _qparams(graph, name, "input", scale, zero_point)
    codes = graph.add("QuantizeLinear", [x, *qparams], f"{name}.input.codes")
    real = graph.add("DequantizeLinear", [codes, *qparams], f"{name}.input")
    return _product(graph, name, real, weight, -bias, "Sub")


def _gelu(graph: Graph, layer: GELU, name: str, x: str) -> str:
    """In parts, which engines put together: the operator Gelu is newer than our opset."""
    root = graph.constant("sqrt_2", np.float32(math.sqrt(2.0)))
    one, half = graph.constant("one", np.float32(1)), graph.constant("half", np.float32(0.5))
    divided = graph.add("Div", [x, root], f"{name}.divided")
    erf = graph.add("Erf", [divided], f"{name}.erf")
    shifted = graph.add("Add", [erf, one], f"{name}.shifted")
    product = graph.add("Mul", [x, shifted], f"{name}.product")
    return graph.add("Mul", [product, half], f"{name}.gelu")


def _operator(kind: str, **attributes: int) -> Writer:
    def write(graph: Graph, layer: Any, name: str, x: str) -> str:
        return graph.add(kind, [x], f"{name}.{kind.lower()}", **attributes)

    return write


Writer = Callable[[Graph, Any, str, str], str]
WRITERS: dict[type, Writer] = {
    Linear: _linear,
    QuantizedLinear: _quantized_linear,
    ReLU: _operator("Relu"),
    Sigmoid: _operator("Sigmoid"),
    Tanh: _operator("Tanh"),
    GELU: _gelu,
    Softmax: _operator("Softmax", axis=-1),
    Flatten: _operator("Flatten", axis=1),
    Dropout: lambda graph, layer, name, x: x,  # does nothing at inference
}

# Layers whose operators give the same bits, if a QuantizedLinear is calibrated.
EXACT = (QuantizedLinear, ReLU, Flatten, Dropout)
ELEMENT_BY_ELEMENT = (ReLU, Sigmoid, Tanh, GELU, Dropout)


def _qparams(graph: Graph, name: str, what: str, scale: Array, zero_point: Any) -> list[str]:
    with np.errstate(over="ignore"):
        rounded = scale.astype(np.float32)
    unfit = ~(np.isfinite(rounded) & (rounded >= FLOAT32.tiny))
    if unfit.any():
        raise ValueError(
            f"layer {name}: the scale {scale[unfit].flat[0]} of the {what} is not a normal float32 "
            "number, which is what ONNX holds"
        )
    return [
        graph.constant(f"{name}.{what}.scale", rounded),
        graph.constant(f"{name}.{what}.zero_point", zero_point),
    ]


def _check_fits_engines(layer: QuantizedLinear, scale: float, zero_point: int, name: str) -> None:
    """Refuse a layer for which an engine would compute something else.

    Engines add products of codes in int32, which wraps around, and multiply the sum by the product
    of both scales as float32, where small numbers may count as zero.

    Raises:
        ValueError: if the sums of a column can leave int32, or the product of the scales is not a
            normal float32 number.
    """
    weight = layer.q_weight.data.astype(np.int64) - layer.weight_zero_point
    up, down = (weight * (weight > 0)).sum(axis=0), (weight * (weight < 0)).sum(axis=0)
    highest, lowest = INT8_MAX_VALUE - zero_point, INT8_MIN_VALUE - zero_point
    largest, smallest = up * highest + down * lowest, up * lowest + down * highest
    over = np.flatnonzero((largest > INT32.max) | (smallest < INT32.min))
    if over.size:
        column = int(over[0])
        raise ValueError(
            f"layer {name}: the sums of column {column} reach from {smallest[column]:,} to "
            f"{largest[column]:,}, beyond the int32 (up to {INT32.max:,}) that engines add "
            f"{layer.in_features:,} products of codes in: split the layer"
        )
    products = float(scale) * np.asarray(layer.weight_scale, np.float64)
    unfit = ~((products >= FLOAT32.tiny) & (products <= FLOAT32.max))
    if unfit.any():
        raise ValueError(
            f"layer {name}: input scale times weight scale is {products[unfit].flat[0]:g}, no "
            f"normal float32 number (from {FLOAT32.tiny:g}): engines would give other outputs"
        )


def _product(
    graph: Graph, name: str, x: str, weight: str, bias: Array | None, operation: str
) -> str:
    product = graph.add("MatMul", [x, weight], f"{name}.product")
    if bias is None:
        return product
    names = [product, graph.constant(f"{name}.bias", bias)]
    return graph.add(operation, names, f"{name}.sum")
