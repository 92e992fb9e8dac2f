"""ONNX Runtime as the oracle: the same codes, and the calibrated layer bit for bit."""

import numpy as np
import pytest
from onnx import TensorProto, helper
from onnx_graphs import qdq_session, session

from tinytorch import Linear, Tensor
from tinytorch.perf.quantization import QuantizedLinear, dequantize_int8, quantize_int8
from tinytorch.perf.quantization.affine import quantize_array


def parameters(scale, zero_point):
    return {"scale": np.array(scale, np.float32), "zero_point": np.array(zero_point, np.int8)}


@pytest.fixture(scope="module")
def quantize_linear():
    """ONNX Runtime's QuantizeLinear as a function of values, scale and zero point."""
    run = session(
        [helper.make_node("QuantizeLinear", ["x", "scale", "zero_point"], ["codes"])],
        {},
        [
            ("x", TensorProto.FLOAT, ["n"]),
            ("scale", TensorProto.FLOAT, []),
            ("zero_point", TensorProto.INT8, []),
        ],
        [("codes", TensorProto.INT8, ["n"])],
    ).run
    return lambda x, scale, zero_point: run(None, {"x": x, **parameters(scale, zero_point)})[0]


@pytest.fixture(scope="module")
def dequantize_linear():
    """ONNX Runtime's DequantizeLinear as a function of codes, scale and zero point."""
    run = session(
        [helper.make_node("DequantizeLinear", ["codes", "scale", "zero_point"], ["x"])],
        {},
        [
            ("codes", TensorProto.INT8, ["n"]),
            ("scale", TensorProto.FLOAT, []),
            ("zero_point", TensorProto.INT8, []),
        ],
        [("x", TensorProto.FLOAT, ["n"])],
    ).run
    return lambda codes, scale, zero_point: run(
        None, {"codes": codes, **parameters(scale, zero_point)}
    )[0]


def test_six_million_codes_of_many_ranges_are_the_same(quantize_linear, dequantize_linear):
    rng = np.random.default_rng(0)
    compared = 0
    for trial in range(60):
        spread = 10.0 ** rng.uniform(-30, 30)
        low, high = np.sort(rng.uniform(-1, 1, 2)) * spread
        values = rng.uniform(low, high, 100_000).astype(np.float32)
        if trial % 3 == 0:
            values = (rng.normal(rng.normal(), 1, 100_000) * spread).astype(np.float32)
        codes, scale, zero_point = quantize_int8(Tensor(values))
        assert (codes.data == quantize_linear(values, scale, zero_point)).all()
        restored = dequantize_int8(codes, scale, zero_point).data
        assert (restored == dequantize_linear(codes.data, scale, zero_point)).all()
        compared += values.size
    assert compared >= 6_000_000


def test_values_outside_a_calibrated_range_saturate_to_the_same_codes(quantize_linear):
    rng = np.random.default_rng(1)
    for _ in range(20):
        values = rng.normal(0, 10, 50_000).astype(np.float32)
        scale, zero_point = float(np.float32(rng.uniform(0.001, 0.1))), int(rng.integers(-128, 128))
        codes = quantize_array(values, scale, zero_point, (values.min(), values.max()))
        assert (codes == quantize_linear(values, scale, zero_point)).all()


@pytest.mark.parametrize("zero_point", [-128, -127, -1, 0, 1, 64, 127])
def test_all_half_grid_ties_have_the_same_codes(quantize_linear, zero_point):
    halves = np.arange(-300, 300, dtype=np.float32) + np.float32(0.5)
    for scale in (1.0, 0.5, 2.0**-20, 0.1, 4 / 255, 1 / 3):
        step = np.float32(scale)
        ties = halves * step
        near = np.concatenate([ties, np.nextafter(ties, np.inf), np.nextafter(ties, -np.inf)])
        codes = quantize_array(near, float(step), zero_point, (near.min(), near.max()))
        assert (codes == quantize_linear(near, step, zero_point)).all()


@pytest.mark.parametrize("kind", ["normal", "without bias", "all positive"])
@pytest.mark.parametrize(
    ("in_features", "out_features", "batch"),
    [
        (1, 1, 1),
        (1, 1000, 4),
        (64, 1, 9),
        (64, 64, 7),
        (512, 10, 3),
        (513, 10, 300),
        (784, 128, 64),
        (1024, 1500, 8),
        (4096, 64, 16),
    ],
)
def test_the_calibrated_layer_equals_the_qdq_graph_bit_for_bit(
    in_features, out_features, batch, kind
):
    rng = np.random.default_rng(in_features + out_features)
    linear = Linear(in_features, out_features, bias=kind != "without bias", rng=rng)
    x = rng.normal(size=(batch, in_features)).astype(np.float32)
    if linear.bias is not None:
        linear.bias = Tensor(rng.normal(size=out_features))
    if kind == "all positive":
        x, linear.weight = np.abs(x), Tensor(np.abs(linear.weight.data))
    layer = QuantizedLinear(linear)
    layer.calibrate([Tensor(0.8 * x)])  # so that some inputs saturate
    expected = qdq_session(layer).run(None, {"x": x})[0]
    assert (layer(Tensor(x)).data == expected).all()
