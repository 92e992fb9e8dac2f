"""Every number that the lesson's prose states is computed here again."""

import re
from pathlib import Path

import numpy as np
import pytest

from tinytorch.core import Tensor
from tinytorch.perf.quantization import choose_qparams, dequantize_int8, quantize_int8

ROOT = Path(__file__).parents[2]
LESSON = (ROOT / "modules/15_quantization/15_quantization.py").read_text(encoding="utf-8")
PROSE = " ".join(re.sub(r"(?m)^# ?", "", LESSON).split())


def worked_example():
    codes, scale, zero_point = quantize_int8(Tensor([-1.0, 0.0, 2.5, 3.0]))
    return codes.data.tolist(), scale, zero_point, dequantize_int8(codes, scale, zero_point).data


def int8_dot_product():
    factors = np.full(784, 127, np.int8)
    return np.sum(factors * factors, dtype=np.int8)


def wrapped_difference():
    largest, smallest = np.array([127], np.int8), np.array([-128], np.int8)
    return int((largest - smallest)[0])


def restored_example():
    codes = Tensor(np.array([-128, -64, 95], np.int8))
    return dequantize_int8(codes, 0.5, -64).data.tolist()


CODES, SCALE, ZERO_POINT, RESTORED = worked_example()


@pytest.mark.parametrize(
    "statement",
    [
        f"s = 4/255 = {SCALE:.4f}",
        f"round}}(-128 + {1 / SCALE:.2f}) = {ZERO_POINT}",
        f"${2.5 / SCALE:.1f}$ steps from zero, so its code is $159 - 64 = {CODES[2]}$",
        f"4/255 = {RESTORED[2]:.3f}$, which is {2.5 - RESTORED[2]:.3f} away",
        f"has the codes {CODES}",
        f"gives ({str(choose_qparams(-1.0, 3.0)[0])[:7]}..., {choose_qparams(-1.0, 3.0)[1]})",
        f"gives ({str(choose_qparams(5.0, 9.0)[0])[:7]}..., {choose_qparams(5.0, 9.0)[1]})",
        f"$127 - (-128)$ is ${wrapped_difference()}$",
        f"the result is {int8_dot_product()} instead of {784 * 127 * 127:,}",
        rf"code $-128 - 5/s \approx {-128 - 5 / (4 / 255):.0f}$",
        rf"10 \log_{{10}} 4 \approx {10 * np.log10(4):.0f}$ dB",
        f"holds {restored_example()}",
        f"-2 to 2 gives $z = \\mathrm{{round}}({-128 + 2 / (4 / 255)})$, a tie",
        f"here {choose_qparams(-2.0, 2.0)[1]}. Other conventions give -1",
        f"{(4 + 1) / 4} times the memory instead of {1 / 4}",
        rf"between $-{3.4} \cdot 10^{{38}}$",
    ],
)
def test_the_prose_states_what_is_so(statement):
    assert statement in PROSE


def test_float32_reaches_as_far_as_the_prose_says():
    assert f"{np.finfo(np.float32).max:.1e}" == "3.4e+38"


def test_the_onnx_runtime_snippet_runs(tmp_path, monkeypatch):
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    (snippet,) = re.findall(r"(?s)# ```python\n(.*?)# ```", LESSON)
    weight = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)
    shape = [("x", ["n", 4]), ("y", ["n", 3])]
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, axes) for name, axes in shape)
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    graph = helper.make_graph(nodes, "g", [x], [y], [numpy_helper.from_array(weight, "w")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    monkeypatch.chdir(tmp_path)
    onnx.save(model, "model.onnx")
    batches = [np.ones((2, 4), np.float32)]
    exec(re.sub(r"(?m)^# ?", "", snippet), {"batches": batches})
    kinds = {node.op_type for node in onnx.load("model.int8.onnx").graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= kinds
