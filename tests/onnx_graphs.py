"""Small ONNX graphs in ONNX Runtime, which tests and benchmarks compare with."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def session(nodes, initializers, inputs, outputs, exact=True, **options):
    graph = helper.make_graph(
        nodes,
        "oracle",
        [helper.make_tensor_value_info(*entry) for entry in inputs],
        [helper.make_tensor_value_info(*entry) for entry in outputs],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in initializers.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    settings = onnxruntime.SessionOptions()
    if exact:
        # x86 kernels without VNNI saturate sums of products in 16 bits unless told not to.
        settings.add_session_config_entry("session.x64quantprecision", "1")
    return onnxruntime.InferenceSession(
        model.SerializeToString(), settings, providers=["CPUExecutionProvider"], **options
    )


def qdq_session(layer, exact=True):
    """The layer as a graph of QuantizeLinear, DequantizeLinear, MatMul and Add.

    MatMulAddFusion is off: it would turn MatMul and Add into a Gemm, which ONNX Runtime has no
    integer kernel for when the bias is FP32, so that it would compute in floats.
    """
    names = [("x", "s", "z"), ("codes", "s", "z"), ("w", "sw", "zw"), ("xd", "wd"), ("xw", "b")]
    kinds = ["QuantizeLinear", "DequantizeLinear", "DequantizeLinear", "MatMul", "Add"]
    outputs = ["codes", "xd", "wd", "xw", "y"]
    values = {
        "s": np.float32(layer.input_scale),
        "z": np.int8(layer.input_zero_point),
        "w": layer.q_weight.data,
        "sw": np.float32(layer.weight_scale),
        "zw": np.int8(layer.weight_zero_point),
        "b": layer.dequantized_bias().data,
    }
    if layer.q_bias is None:
        names, kinds, outputs = names[:4], kinds[:4], [*outputs[:3], "y"]
        del values["b"]
    return session(
        [helper.make_node(k, i, [o]) for k, i, o in zip(kinds, names, outputs, strict=True)],
        values,
        [("x", TensorProto.FLOAT, ["n", layer.in_features])],
        [("y", TensorProto.FLOAT, ["n", layer.out_features])],
        exact,
        disabled_optimizers=["MatMulAddFusion"],
    )


def float_session(layer):
    """An FP32 Linear as MatMul and Add."""
    return session(
        [
            helper.make_node("MatMul", ["x", "w"], ["xw"]),
            helper.make_node("Add", ["xw", "b"], ["y"]),
        ],
        {"w": layer.weight.data, "b": layer.bias.data},
        [("x", TensorProto.FLOAT, ["n", layer.in_features])],
        [("y", TensorProto.FLOAT, ["n", layer.out_features])],
    )


def run(made, x, exact=True, optimized=""):
    """The output of a file, or of a model, for x."""
    made = made if isinstance(made, onnx.ModelProto) else onnx.load(made)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(optimized)
    if exact:
        # x86 kernels without VNNI saturate sums of products in 16 bits unless told not to.
        options.add_session_config_entry("session.x64quantprecision", "1")
        # Weights alone in INT8: it would round the inputs too.
        options.add_session_config_entry("session.qdq_matmulnbits_accuracy_level", "1")
    session = onnxruntime.InferenceSession(
        made.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"x": x})[0]
