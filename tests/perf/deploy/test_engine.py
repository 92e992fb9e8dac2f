"""compile_model: a model in ONNX Runtime that takes and gives what the model takes and gives."""

import sys

import numpy as np
import pytest
from models import inputs, make
from perf.deploy.random_networks import any_network, shape_of

from tinytorch import Flatten, Linear, ReLU, Sequential, Softmax, Tensor
from tinytorch.perf.deploy import compile_model, engine
from tinytorch.perf.quantization import quantize_model

pytestmark = pytest.mark.filterwarnings("ignore:.*restored to zero:UserWarning")


def quantized(*layers, features=20, **choices):
    model = Sequential(*layers)
    quantize_model(model, [inputs(50, features)], **choices)
    return model


@pytest.mark.parametrize("seed", range(1000, 1040))
def test_a_calibrated_model_gives_the_same_bits_at_any_number_of_axes(seed):
    model, _, width, rng = any_network(seed)
    fast = compile_model(model)
    assert fast.exact
    has_flatten = isinstance(model.layers[0], Flatten)
    for axes in (2,) if has_flatten else (1, 2, 3, 4):
        x = Tensor(rng.normal(scale=2, size=shape_of(axes, width, rng)))
        result = fast(x)
        assert isinstance(result, Tensor)
        assert result.shape == model(x).shape
        assert result.data.tobytes() == model(x).data.tobytes()


def test_images_are_flattened_first():
    model = Sequential(ReLU(), Flatten(), make(12, 3))
    x = Tensor(np.random.default_rng(0).normal(size=(5, 3, 4)))
    quantize_model(model, [x])
    assert compile_model(model)(x).data.tobytes() == model(x).data.tobytes()
    with pytest.raises(ValueError, match="Flatten comes behind Softmax"):
        compile_model(Sequential(Softmax(), Flatten(), make(12, 3)))


@pytest.mark.parametrize("x", [np.zeros((0, 20)), np.zeros((3, 0, 20))])
def test_no_rows_give_no_rows(x):
    assert compile_model(quantized(make()))(Tensor(x)).shape == (*x.shape[:-1], 5)


@pytest.mark.parametrize(
    ("model", "kind", "tolerance"),
    [
        (lambda: Sequential(make(), ReLU(), make(5, 4)), "FP32", 1e-5),
        (lambda: Sequential(make(), Softmax()), "FP32", 1e-6),
        (lambda: quantized(make(), Softmax()), "INT8, with activations to within 1e-6", 1e-6),
        (lambda: quantized(make(), make(5, 4), skipped=["1"]), "INT8 in part: ", 1e-5),
    ],
)
def test_a_model_that_is_not_exact_says_what_it_is(model, kind, tolerance):
    model = model()
    fast = compile_model(model)
    assert not fast.exact
    assert fast.kind.startswith(kind)
    assert kind in repr(fast)
    x = inputs(9)
    assert np.abs(fast(x).data - model(x).data).max() <= tolerance * np.abs(model(x).data).max()


def test_weight_only_layers_are_not_rounded_at_their_inputs():
    model = Sequential(make(64, 5))
    quantize_model(model)
    x = inputs(9, 64)
    fast = compile_model(model)
    assert fast.kind.startswith("INT8 in part: layers that are not calibrated")
    np.testing.assert_allclose(fast(x).data, model(x).data, rtol=1e-4, atol=1e-5)


def test_what_the_model_refuses_is_refused():
    fast = compile_model(quantized(make()))
    with pytest.raises(ValueError, match="expects inputs with 20 features in the last axis, got"):
        fast(inputs(3, 19))
    with pytest.raises(TypeError, match="got int8, which looks like codes"):
        fast(Tensor(np.zeros((3, 20), np.int8)))
    for bad in (np.nan, np.inf, -np.inf):
        x = inputs(3)
        x.data[1, 1] = bad
        with pytest.raises(ValueError, match="NaN and infinite values in the input have no code"):
            fast(x)
    largest = np.full((2, 20), 3e38, np.float32)  # finite, though their sum is not
    assert np.isfinite(fast(largest).data).all()


def test_what_cannot_be_compiled_is_refused():
    with pytest.raises(TypeError, match="compile_model expects a Sequential, got Linear"):
        compile_model(Linear(2, 2))
    with pytest.raises(TypeError, match="compile_model knows Linear"):
        compile_model(Sequential(make(), abs))
    for wrong in (0, -1, 1.5, "2"):
        with pytest.raises(ValueError, match="threads must be an integer from 1, got"):
            compile_model(Sequential(make()), threads=wrong)


def test_later_changes_of_the_model_change_nothing():
    model, x = quantized(make()), inputs(3)
    fast = compile_model(model, threads=1)
    before = fast(x).data.tobytes()
    model.layers[0].q_weight.data[:] = 0
    assert fast(x).data.tobytes() == before


class Kernels:
    """ONNX Runtime as it would compute the trial; saturating ones leave half of each sum."""

    def __init__(self, made, saturate):
        self.made, self.saturate = made, saturate

    def run(self, names, inputs):
        exact = np.full((len(inputs["x"]), 64), 64 * 255 * 127, np.float32)
        return [exact / 2 if self.saturate else exact]


@pytest.mark.parametrize("saturate", [False, True])
def test_kernels_that_saturate_are_found(monkeypatch, saturate):
    monkeypatch.setattr(engine, "_session", lambda made, *settings: Kernels(made, saturate))
    assert engine._kernels_saturate.__wrapped__() == saturate


def test_kernels_that_are_told_not_to_saturate_give_the_same_bits(monkeypatch):
    model, x = quantized(make(300, 40), features=300), inputs(33, 300)
    monkeypatch.setattr(engine, "_kernels_saturate", lambda: True)
    assert compile_model(model)(x).data.tobytes() == model(x).data.tobytes()


def test_no_file_is_left(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    compile_model(quantized(make()))(inputs(2))
    assert list(tmp_path.iterdir()) == []


def test_without_the_engine_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ImportError, match=r"pip install '.\[deploy\]'"):
        compile_model(Sequential(make()))
