"""Exported models run in ONNX Runtime, and give the same integers and the same bits as here."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto
from onnx_graphs import run
from perf.deploy.random_networks import any_network, network, quantized, shape_of

from tinytorch.core.layers import GELU, Linear, Sequential, Sigmoid, Softmax, Tanh
from tinytorch.core.tensor import Tensor
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.perf.deploy import export_onnx
from tinytorch.perf.quantization import quantize_model
from tinytorch.perf.quantization.linear import QuantizedLinear

# Random weights of layers with one input are now and then next to zero.
pytestmark = pytest.mark.filterwarnings("ignore:.*restored to zero:UserWarning")


def codes_of(made):
    """The names of the codes that enter the layers."""
    return [node.output[0] for node in made.graph.node if node.op_type == "QuantizeLinear"]


def codes_there(path, x):
    """The codes that enter every layer of a file: each the output of what comes before it.

    As a further output of the whole graph they would keep the layer's integer kernel away.
    """
    made = onnx.shape_inference.infer_shapes(onnx.load(path))
    for name in codes_of(made):
        before = onnx.utils.Extractor(made).extract_model(["x"], [name])
        yield run(before, x)


def codes_here(model, x):
    """The codes that enter every layer, as `forward` makes them."""
    found, x = [], Tensor(x)

    def walk(container):
        nonlocal x
        for layer in container.layers:
            if isinstance(layer, Sequential):
                walk(layer)
                continue
            if isinstance(layer, QuantizedLinear):
                steps = np.rint(x.data / np.float32(layer.input_scale)) + layer.input_zero_point
                found.append(np.clip(steps, -128, 127).astype(np.int8))
            x = layer(x)

    walk(model)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_a_random_network_gives_the_same_codes_and_the_same_bits(seed, tmp_path):
    model, width, rng = network(seed)
    model = quantized(model, width, rng)
    path = tmp_path / "model.onnx"
    export_onnx(model, path)
    batch = int(np.rint(2 ** rng.uniform(0, 9)))
    # Twice the calibrated range: codes saturate on both sides.
    x = rng.normal(scale=2, size=(batch, width)).astype(np.float32)
    for there, here in zip(codes_there(path, x), codes_here(model, x), strict=True):
        assert there.dtype == np.int8
        assert np.array_equal(there, here)
    output = run(path, x)
    assert output.tobytes() == model(Tensor(x)).data.tobytes()


def test_the_digits_network_gives_the_same_bits_for_every_image_and_every_batch(tmp_path):
    model, images = load_digits_model(), load_digits().test_images
    quantize_model(model, [load_digits().train_images[:100]])
    export_onnx(model, tmp_path / "digits.onnx")
    for batch in (1, 64, len(images.data)):
        output = run(tmp_path / "digits.onnx", images.data[:batch])
        assert output.tobytes() == model(images[:batch]).data.tobytes()


@pytest.mark.parametrize("seed", range(200))
def test_networks_of_every_kind_give_the_same_bits_at_2_to_4_axes(seed, tmp_path):
    model, axes, width, rng = any_network(seed)
    export_onnx(model, tmp_path / "model.onnx", axes)
    x = rng.normal(scale=2, size=shape_of(axes, width, rng)).astype(np.float32)
    assert run(tmp_path / "model.onnx", x).tobytes() == model(Tensor(x)).data.tobytes()


@pytest.mark.parametrize("seed", range(40))
def test_activations_differ_by_one_millionth_at_most(seed, tmp_path):
    rng = np.random.default_rng(seed)
    layers = [Linear(9, 9, rng=rng)]
    for kind in rng.permutation([Sigmoid, Tanh, GELU, Softmax])[: 1 + seed % 4]:
        layers += [kind(), Linear(9, 9, rng=rng)]
    model = Sequential(*layers[:-1])
    export_onnx(model, tmp_path / "model.onnx", 3)
    x = rng.normal(scale=3, size=(5, 4, 9)).astype(np.float32)
    here = model(Tensor(x)).data
    assert np.abs(run(tmp_path / "model.onnx", x) - here).max() <= 1e-6 * max(1, np.abs(here).max())


@pytest.mark.parametrize("seed", range(20))
def test_quantized_networks_with_activations_differ_by_few_steps(seed, tmp_path):
    """Where an input of a layer lies half-way between two codes, 1e-7 decides between them."""
    model, axes, width, rng = any_network(seed, only_exact=False)
    export_onnx(model, tmp_path / "model.onnx", axes)
    x = rng.normal(size=shape_of(axes, width, rng)).astype(np.float32)
    there, here = run(tmp_path / "model.onnx", x), model(Tensor(x)).data
    assert np.abs(there - here).max() <= 0.1 * max(1, np.abs(here).max())
    assert np.median(np.abs(there - here)) <= 1e-5 * max(1, np.abs(here).max())


@pytest.mark.parametrize("granularity", ["per_tensor", "per_channel"])
@pytest.mark.parametrize("axes", [2, 3, 4])
def test_an_engine_finds_its_integer_kernels_in_a_plain_session(tmp_path, granularity, axes):
    model, width, rng = network(4)
    path, optimized = tmp_path / "model.onnx", tmp_path / "optimized.onnx"
    export_onnx(quantized(model, width, rng, granularity=granularity), path, axes)
    layers = len(codes_of(onnx.load(path)))
    run(path, np.ones((2,) * (axes - 1) + (width,), np.float32), exact=False, optimized=optimized)
    kinds = [node.op_type for node in onnx.load(optimized).graph.node]
    assert kinds.count("MatMulIntegerToFloat") == layers >= 2
    assert not {"MatMul", "Gemm", "FusedGemm"} & set(kinds)


def test_the_bias_as_a_sum_would_not_be_computed_in_integers(tmp_path):
    """Why the bias is subtracted: should this fail, an engine no longer needs that."""
    rng = np.random.default_rng(0)
    path, optimized = tmp_path / "model.onnx", tmp_path / "optimized.onnx"
    export_onnx(quantized(Sequential(Linear(8, 4, rng=rng)), 8, rng), path)
    made = onnx.load(path)
    (node,) = [node for node in made.graph.node if node.op_type == "Sub"]
    node.op_type = "Add"
    onnx.save(made, path)
    run(path, np.ones((2, 8), np.float32), optimized=optimized)
    assert "Gemm" in [node.op_type for node in onnx.load(optimized).graph.node]


@pytest.mark.parametrize("seed", range(5))
def test_fp32_and_weight_only_networks_differ_by_the_order_of_float_sums(seed, tmp_path):
    model, width, rng = network(seed, 200)
    x = rng.normal(size=(7, width)).astype(np.float32)
    for kind in ("Linear", "QuantizedLinear"):
        if kind == "QuantizedLinear":
            quantize_model(model)
        export_onnx(model, tmp_path / "model.onnx")
        output = run(tmp_path / "model.onnx", x)
        here = model(Tensor(x)).data
        assert np.abs(output - here).max() <= 1e-5 * np.abs(here).max() + 1e-6
        stored = {each.data_type for each in onnx.load(tmp_path / "model.onnx").graph.initializer}
        assert (TensorProto.INT8 in stored) == (kind == "QuantizedLinear")
