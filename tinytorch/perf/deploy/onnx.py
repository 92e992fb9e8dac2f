"""Models as ONNX files, which engines such as ONNX Runtime load and run.

An FP32 layer is MatMul and Add. A calibrated INT8 layer is the QDQ pattern that engines find their
integer kernels by: QuantizeLinear and DequantizeLinear around its input, DequantizeLinear behind
its int8 weight, MatMul; without calibration there is only the weight's DequantizeLinear.

Behind an integer MatMul the bias is subtracted with its sign turned, which is the same number bit
for bit: ONNX Runtime makes a float Gemm of every MatMul followed by Add, and the integers are lost.
Where there is no bias, zeros are subtracted: ONNX Runtime would make one step of the MatMul and the
next layer's QuantizeLinear, which rounds some values to another code.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.core.layers import Linear, ReLU, Sequential
from tinytorch.core.structure import flat_layers
from tinytorch.core.system import optional, replacing
from tinytorch.perf.quantization.linear import QuantizedLinear

OPSET, IR_VERSION = 21, 10  # int8 QuantizeLinear with all its rules; ONNX 1.16, ONNX Runtime 1.18
MAX_BYTES = (1 << 31) - (1 << 20)  # bytes of one protobuf message

Array = NDArray[Any]


class _Graph:
    """Nodes and constants in the making."""

    def __init__(self) -> None:
        self.nodes: list[tuple[str, list[str], str]] = []
        self.constants: dict[str, Array] = {}
        self._names: dict[int, str] = {}

    def add(self, kind: str, inputs: list[str], output: str) -> str:
        self.nodes.append((kind, inputs, output))
        return output

    def constant(self, name: str, value: Any) -> str:
        """Name an array; the same one, of a layer that appears twice, keeps its first name."""
        array = np.asarray(value)
        name = self._names.setdefault(id(array), name)
        self.constants[name] = array
        return name


def export_onnx(model: Sequential, path: str | os.PathLike[str]) -> None:
    """Write a model as an ONNX file, replacing the file only once the new one is complete.

    The graph has one input `x` of shape (batch, in) and one output `y` of shape (batch, out), both
    float32, and any number of rows as the batch. It passes `onnx.checker`.

    In ONNX Runtime a calibrated model gives the outputs of `forward` bit for bit, whatever the
    batch: it multiplies the same integers. On x86 processors without VNNI that takes the session's
    option `session.x64quantprecision` set to "1", as its kernels else saturate sums in 16 bits.
    FP32 layers differ by the order of float sums. So do INT8 layers that were not calibrated, if
    the session's option `session.qdq_matmulnbits_accuracy_level` is "1"; ONNX Runtime 1.32 else
    rounds their inputs too, which is an error of about 1 %.

    Args:
        model: a Sequential of Linear, QuantizedLinear, ReLU and nested Sequentials with at least
            one layer that has weights.
        path: where to write; a name that ends in .onnx is usual.

    Raises:
        ImportError: if onnx is not installed (it is in the `deploy` extra).
        TypeError: if the model is not a Sequential or holds another kind of layer.
        ValueError: if no layer has weights, two layers do not fit together, a scale is not a normal
            float32 number, or the file would have over 2 GB, which ONNX does not allow.
        OSError: if the file cannot be written; an old file of that name is then still there.
    """
    with optional("onnx", "deploy", "export_onnx"):
        from onnx import TensorProto, checker, helper, numpy_helper
    if not isinstance(model, Sequential):
        raise TypeError(f"export_onnx expects a Sequential, got {type(model).__name__}")
    layers = flat_layers(model)
    widths = _widths([layer for _, layer in layers])
    graph, last = _Graph(), "x"
    for name, layer in layers:
        last = _WRITERS[type(layer)](graph, layer, name, last)
    graph.add("Identity", [last], "y")
    size = sum(array.nbytes for array in graph.constants.values())
    if size > MAX_BYTES:
        raise ValueError(f"the model has {size:,} bytes; an ONNX file has less than {MAX_BYTES:,}")
    made = helper.make_model(
        helper.make_graph(
            [helper.make_node(kind, names, [output]) for kind, names, output in graph.nodes],
            "tinytorch",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", widths[0]])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", widths[-1]])],
            [numpy_helper.from_array(array, name) for name, array in graph.constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="tinytorch",
    )
    checker.check_model(made, full_check=True)
    with replacing(Path(path)) as file:
        file.write(made.SerializeToString(deterministic=True))


def _widths(layers: list[Any]) -> list[int]:
    """The features between the layers, checked to fit."""
    for layer in layers:
        if type(layer) not in _WRITERS:
            raise TypeError(
                f"export_onnx knows Linear, QuantizedLinear and ReLU layers, not {layer!r}"
            )
    weighted = [layer for layer in layers if not isinstance(layer, ReLU)]
    if not weighted:
        raise ValueError("export_onnx needs a layer with weights: else the width is not known")
    widths = [weighted[0].in_features]
    for layer in weighted:
        if layer.in_features != widths[-1]:
            raise ValueError(f"{layer!r} comes behind a layer with {widths[-1]} outputs")
        widths.append(layer.out_features)
    return widths


def _relu(graph: _Graph, layer: ReLU, name: str, x: str) -> str:
    return graph.add("Relu", [x], f"{name}.relu")


def _linear(graph: _Graph, layer: Linear, name: str, x: str) -> str:
    weight = graph.constant(f"{name}.weight", layer.weight.data)
    bias = None if layer.bias is None else layer.bias.data
    return _product(graph, name, x, weight, bias, "Add")


def _quantized_linear(graph: _Graph, layer: QuantizedLinear, name: str, x: str) -> str:
    weight = _dequantized(
        graph, name, "weight", graph.constant(f"{name}.weight", layer.q_weight.data),
        layer.weight_scale, layer.weight_zero_point,
    )  # fmt: skip
    bias = None if layer.q_bias is None else layer.dequantized_bias().data
    if layer.input_scale is None or layer.input_zero_point is None:
        return _product(graph, name, x, weight, bias, "Add")
    if bias is None:
        bias = np.zeros(layer.out_features, np.float32)
    qparams = _qparams(graph, name, "input", layer.input_scale, layer.input_zero_point)
    codes = graph.add("QuantizeLinear", [x, *qparams], f"{name}.input.codes")
    real = graph.add("DequantizeLinear", [codes, *qparams], f"{name}.input")
    return _product(graph, name, real, weight, -bias, "Sub")


_WRITERS: dict[type, Callable[[_Graph, Any, str, str], str]] = {
    ReLU: _relu,
    Linear: _linear,
    QuantizedLinear: _quantized_linear,
}


def _dequantized(
    graph: _Graph, name: str, what: str, codes: str, scale: float, zero_point: int
) -> str:
    qparams = _qparams(graph, name, what, scale, zero_point)
    return graph.add("DequantizeLinear", [codes, *qparams], f"{name}.{what}.real")


def _qparams(graph: _Graph, name: str, what: str, scale: float, zero_point: int) -> list[str]:
    rounded = np.float32(scale)
    if not (np.isfinite(rounded) and rounded >= np.finfo(np.float32).tiny):
        raise ValueError(
            f"layer {name}: the scale {scale} of the {what} is not a normal float32 number, "
            "which is what ONNX holds"
        )
    return [
        graph.constant(f"{name}.{what}.scale", rounded),
        graph.constant(f"{name}.{what}.zero_point", np.int8(zero_point)),
    ]


def _product(
    graph: _Graph, name: str, x: str, weight: str, bias: Array | None, operation: str
) -> str:
    product = graph.add("MatMul", [x, weight], f"{name}.product")
    if bias is None:
        return product
    names = [product, graph.constant(f"{name}.bias", bias)]
    return graph.add(operation, names, f"{name}.sum")
