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
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinytorch.core.layers import Flatten, Linear, Sequential
from tinytorch.core.system import optional, replacing
from tinytorch.perf.deploy.operators import WRITERS, Graph
from tinytorch.perf.deploy.own_layers import deployable_layers
from tinytorch.perf.quantization.linear import QuantizedLinear

if TYPE_CHECKING:
    from onnx import ModelProto

OPSET, IR_VERSION = 13, 7  # the first with scales per channel; ONNX 1.8, ONNX Runtime 1.6
MAX_BYTES = (1 << 31) - (1 << 20)  # bytes of one protobuf message


def export_onnx(model: Sequential, path: str | os.PathLike[str], axes: int = 2) -> None:
    """Write a model as an ONNX file, replacing the file only once the new one is complete.

    The graph has one input `x` of shape (batch, ..., in) and one output `y` of shape (batch, ...,
    out), both float32; all lengths but `in` and `out` are left open. It passes `onnx.checker`.

    In ONNX Runtime a calibrated model gives the outputs of `forward` bit for bit, whatever the
    batch: it multiplies the same integers. On x86 processors without VNNI that takes the session's
    option `session.x64quantprecision` set to "1", as its kernels else saturate sums in 16 bits.
    FP32 layers differ by the order of float sums. So do INT8 layers that were not calibrated, if
    the session's option `session.qdq_matmulnbits_accuracy_level` is "1"; ONNX Runtime 1.32 else
    rounds their inputs too, which is an error of about 1 %. Sigmoid, Tanh, GELU and Softmax differ
    by at most 1e-6. Of 40 calibrated random networks, quantized in all ways:

    | engine                                        | outputs                             |
    | --------------------------------------------- | ----------------------------------- |
    | ONNX Runtime 1.16.3, 1.18, 1.20, 1.22, 1.32   | equal, all 40                       |
    | onnxruntime-web 1.22, WebAssembly             | equal, all 40                       |
    | OpenVINO 2026.4, INFERENCE_PRECISION_HINT f32 | within 1e-6 of the largest output   |
    | OpenVINO 2026.4 on a CPU with bfloat16        | computed in bfloat16: too imprecise |

    Args:
        model: a Sequential of this library's layers and nested Sequentials, with at least one layer
            that has weights. Quantized layers may be your own, see `own_layers`.
        path: where to write; a name that ends in .onnx is usual.
        axes: how many axes inputs have, from 2.

    Raises:
        ImportError: if onnx is not installed (it is in the `deploy` extra).
        TypeError: if the model is not a Sequential or holds another kind of layer.
        ValueError: if no layer has weights, two layers do not fit together, engines would compute
            something else (sums beyond int32, scales that are no normal float32 numbers), or the
            file would have over 2 GB, which ONNX does not allow.
        OSError: if the file cannot be written; an old file of that name is then still there.
    """
    made = onnx_model(model, "export_onnx", axes)
    with replacing(Path(path)) as file:
        file.write(made.SerializeToString(deterministic=True))


def onnx_model(model: Sequential, name: str, axes: int = 2) -> ModelProto:
    """The checked ONNX model that `export_onnx` writes; `name` begins its errors."""
    with optional("onnx", "deploy", name):
        from onnx import TensorProto, checker, helper, numpy_helper
    if not isinstance(model, Sequential):
        raise TypeError(f"{name} expects a Sequential, got {type(model).__name__}")
    layers = deployable_layers(model)
    if not isinstance(axes, int) or axes < 2:
        raise ValueError(f"{name}: axes must be an integer from 2, got {axes!r}")
    inputs, outputs = _shapes(layers, axes, name)
    graph, last = Graph(), "x"
    for path, layer in layers:
        last = WRITERS[type(layer)](graph, layer, path, last)
    size = sum(array.nbytes for array in graph.constants.values())
    if size > MAX_BYTES:
        raise ValueError(f"the model has {size:,} bytes; an ONNX file has less than {MAX_BYTES:,}")
    made = helper.make_model(
        helper.make_graph(
            [
                helper.make_node(kind, names, ["y" if output == last else output], **attributes)
                for kind, names, output, attributes in graph.nodes
            ],
            "tinytorch",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, inputs)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, outputs)],
            [numpy_helper.from_array(array, name) for name, array in graph.constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="tinytorch",
    )
    checker.check_model(made, full_check=True)
    return made


def _shapes(
    layers: list[tuple[str, Any]], axes: int, name: str
) -> tuple[list[str | int], list[str | int]]:
    """The shapes of inputs and outputs, with names for lengths that are left open.

    Raises:
        TypeError: if a layer is not known.
        ValueError: if none has weights, or neighbours do not fit.
    """
    given: list[str | int] = ["batch", *(f"axis_{axis}" for axis in range(1, axes))]
    now, width, is_flat = list(given), None, False
    for path, layer in layers:
        if type(layer) not in WRITERS:
            known = ", ".join(kind.__name__ for kind in WRITERS)
            raise TypeError(f"{name} knows {known} layers, not {layer!r} (layer {path})")
        if isinstance(layer, Flatten):
            width, is_flat = (width if len(now) == 2 else None), is_flat or len(now) > 2
            now = ["batch", now[1] if len(now) == 2 else "features"]
        elif isinstance(layer, (Linear, QuantizedLinear)):
            if width not in (None, layer.in_features):
                raise ValueError(f"{layer!r} comes behind a layer with {width} outputs")
            if width is None and not is_flat:
                given[-1] = layer.in_features
            width = now[-1] = layer.out_features
    if not any(isinstance(layer, (Linear, QuantizedLinear)) for _, layer in layers):
        raise ValueError(f"{name} needs a layer with weights")
    return given, now
