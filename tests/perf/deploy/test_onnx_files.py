"""What an ONNX file holds and says, and what is refused since engines would differ on it."""

import sys

import numpy as np
import onnx
import pytest
from onnx_graphs import run
from perf.deploy.random_networks import network, quantized

from tinytorch.core.layers import Flatten, Linear, ReLU, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.perf.deploy import export_onnx
from tinytorch.perf.quantization import quantize_model
from tinytorch.perf.quantization.linear import QuantizedLinear

# Random weights of layers with one input are now and then next to zero.
pytestmark = pytest.mark.filterwarnings("ignore:.*restored to zero:UserWarning")


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
