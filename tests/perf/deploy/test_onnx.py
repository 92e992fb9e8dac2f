"""Exported models run in ONNX Runtime, and give the same integers and the same bits as here."""

import sys

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto
from perf.deploy.random_networks import any_network, network, quantized, shape_of

from tinytorch.core.layers import GELU, Flatten, Linear, ReLU, Sequential, Sigmoid, Softmax, Tanh
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
    assert np.abs(there - here).max() <= 0.3 * max(1, np.abs(here).max())
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


def test_an_int8_file_of_wide_layers_takes_at_most_27_hundredths(tmp_path):
    rng = np.random.default_rng(0)
    model = Sequential(Linear(1024, 1024, rng=rng), ReLU(), Linear(1024, 512, rng=rng))
    sizes = []
    for name in ("fp32", "int8"):
        export_onnx(model, tmp_path / name)
        sizes.append((tmp_path / name).stat().st_size)
        quantize_model(model, [Tensor(rng.normal(size=(9, 1024)))])
    assert sizes[1] <= 0.27 * sizes[0]


def test_the_file_is_valid_onnx_with_names_and_a_batch_of_any_size(tmp_path):
    model, width, rng = network(1)
    export_onnx(quantized(model, width, rng), tmp_path / "model.onnx")
    made = onnx.load(tmp_path / "model.onnx")
    onnx.checker.check_model(made, full_check=True)
    assert (made.opset_import[0].version, made.ir_version) == (13, 7)
    (x,), (y,) = made.graph.input, made.graph.output
    assert (x.name, y.name) == ("x", "y")
    assert x.type.tensor_type.shape.dim[0].dim_param == "batch"
    again = (tmp_path / "model.onnx").read_bytes()
    export_onnx(model, tmp_path / "model.onnx")
    assert (tmp_path / "model.onnx").read_bytes() == again


def test_a_layer_that_appears_twice_is_stored_once(tmp_path):
    layer = Linear(300, 300)
    for times in (1, 2):
        export_onnx(Sequential(*[layer] * times), tmp_path / f"{times}.onnx")
    once, twice = ((tmp_path / f"{times}.onnx").stat().st_size for times in (1, 2))
    assert twice < 1.01 * once


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (Linear(2, 2), TypeError, "expects a Sequential, got Linear"),
        (Sequential(Flatten()), ValueError, "needs a layer with weights"),
        (Sequential(ReLU()), ValueError, "needs a layer with weights"),
        (Sequential(), ValueError, "needs a layer with weights"),
        (Sequential(lambda x: x), TypeError, "knows Linear, QuantizedLinear, ReLU"),
        (Sequential(Linear(2, 3), Linear(2, 3)), ValueError, "behind a layer with 3 outputs"),
        (Sequential(type("Own", (Linear,), {})(2, 2)), TypeError, "knows Linear"),
    ],
)
def test_what_cannot_be_exported_is_an_error_that_leaves_the_old_file(
    model, error, message, tmp_path
):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"old")
    with pytest.raises(error, match=message):
        export_onnx(model, path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def long_layer(inputs, highest=1.0):
    """All codes at their limit: each product is 255 * 255 at most."""
    layer = Linear.from_arrays(np.full((inputs, 2), 0.5, np.float32))
    model = Sequential(layer)
    quantize_model(model, [Tensor(np.full((1, inputs), highest))])
    return model


def test_sums_that_int32_cannot_hold_are_refused_with_the_numbers(tmp_path):
    path = tmp_path / "model.onnx"
    largest = (2**31 - 1) // 255**2
    assert largest == 33_025
    export_onnx(long_layer(largest), path)
    x = np.ones((1, largest), np.float32)
    assert run(path, x).tobytes() == long_layer(largest)(Tensor(x)).data.tobytes()
    for model in (long_layer(largest + 1), long_layer(34_000)):
        with pytest.raises(ValueError, match=r"layer 0: the sums of column 0 .*beyond the int32"):
            export_onnx(model, path)


def test_a_long_layer_whose_sums_fit_is_exported(tmp_path):
    rng = np.random.default_rng(0)
    model = Sequential(Linear(40_000, 2, rng=rng))
    x = rng.normal(size=(3, 40_000)).astype(np.float32)
    quantize_model(model, [Tensor(x)])
    export_onnx(model, tmp_path / "model.onnx")
    assert run(tmp_path / "model.onnx", x).tobytes() == model(Tensor(x)).data.tobytes()


def test_a_product_of_scales_that_engines_take_for_zero_is_refused(tmp_path):
    layer = Linear(2, 2, rng=0)
    layer.weight = Tensor(layer.weight.data * np.float32(1e-30))
    model = Sequential(layer)
    quantize_model(model, [Tensor([[1e-6, -1e-6]])])
    with pytest.raises(ValueError, match=r"layer 0: input scale times weight scale is .*e-4"):
        export_onnx(model, tmp_path / "model.onnx")


def test_the_shapes_of_inputs_and_outputs_are_named(tmp_path):
    def shapes(model, axes):
        export_onnx(model, tmp_path / "model.onnx", axes)
        graph = onnx.load(tmp_path / "model.onnx").graph
        return [
            [each.dim_param or each.dim_value for each in value.type.tensor_type.shape.dim]
            for value in (*graph.input, *graph.output)
        ]

    linear = Linear(6, 3)
    assert shapes(Sequential(linear), 2) == [["batch", 6], ["batch", 3]]
    assert shapes(Sequential(linear), 3) == [["batch", "axis_1", 6], ["batch", "axis_1", 3]]
    images = Sequential(ReLU(), Flatten(), linear)
    assert shapes(images, 3) == [["batch", "axis_1", "axis_2"], ["batch", 3]]
    assert shapes(images, 2) == [["batch", 6], ["batch", 3]]
    behind = Sequential(linear, Flatten())
    assert shapes(behind, 3) == [["batch", "axis_1", 6], ["batch", "features"]]
    for wrong in (1, 0, 2.0, None):
        with pytest.raises(ValueError, match="axes must be an integer from 2"):
            export_onnx(Sequential(linear), tmp_path / "model.onnx", wrong)


def test_images_are_flattened(tmp_path):
    rng = np.random.default_rng(0)
    model = Sequential(Flatten(), Linear(12, 3, rng=rng))
    x = rng.normal(size=(5, 3, 4)).astype(np.float32)
    quantize_model(model, [Tensor(x)])
    export_onnx(model, tmp_path / "model.onnx", 3)
    assert run(tmp_path / "model.onnx", x).tobytes() == model(Tensor(x)).data.tobytes()


def test_the_graph_can_be_converted_to_other_opsets(tmp_path):
    model, width, rng = network(4)
    export_onnx(quantized(model, width, rng), tmp_path / "model.onnx")
    made = onnx.load(tmp_path / "model.onnx")
    assert "Identity" not in {node.op_type for node in made.graph.node}
    x = rng.normal(size=(3, width)).astype(np.float32)
    for opset in (17, 21):
        converted = onnx.version_converter.convert_version(made, opset)
        assert run(converted, x).tobytes() == model(Tensor(x)).data.tobytes()


def test_a_scale_that_onnx_cannot_hold_is_named(tmp_path):
    layer = Linear(2, 2, rng=0)
    layer.weight = Tensor(layer.weight.data * np.float32(1e-42))
    model = Sequential(QuantizedLinear(layer))
    with pytest.raises(ValueError, match=r"layer 0: the scale .* of the weight is not a normal"):
        export_onnx(model, tmp_path / "model.onnx")


def test_without_onnx_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"pip install '.\[deploy\]'"):
        export_onnx(Sequential(Linear(2, 2)), tmp_path / "model.onnx")
