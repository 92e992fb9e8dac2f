"""Quantized layers that a student has written can be saved, exported and compiled."""

import numpy as np
import pytest
from models import inputs, make
from onnx_graphs import run

from tinytorch import ReLU, Sequential
from tinytorch.perf.deploy import compile_model, export_onnx, load, save
from tinytorch.perf.quantization import QuantizedLinear, analyze_model_sizes

NAMES = [
    f"{part}_{name}" for part in ("weight", "bias", "input") for name in ("scale", "zero_point")
]


class Own:
    """What a student's layer keeps, in whatever types it came."""

    def __init__(self, layer, number=lambda value: value, array=lambda tensor: tensor):
        self.q_weight = array(layer.q_weight)
        self.q_bias = None if layer.q_bias is None else array(layer.q_bias)
        for name in NAMES:
            value = getattr(layer, name)
            setattr(self, name, None if value is None else number(value))

    def __call__(self, x):
        raise AssertionError("is not asked")

    def parameters(self):
        return [self.q_weight] if self.q_bias is None else [self.q_weight, self.q_bias]


def layers(calibrated=True):
    first, second = QuantizedLinear(make(20, 5)), QuantizedLinear(make(5, 3, bias=False))
    if calibrated:
        first.calibrate([inputs(9)])
        second.set_input_range(0.0, 3.0)
    return first, second


@pytest.mark.parametrize("calibrated", [False, True])
@pytest.mark.parametrize(
    "types",
    [
        {},
        {"number": np.float32, "array": lambda tensor: tensor.data},
        {"number": lambda value: np.asarray(value)},
    ],
    ids=range(3),
)
def test_a_model_of_a_students_layers_is_that_of_the_librarys(types, calibrated, tmp_path):
    if "number" in types and types["number"] is np.float32:
        types = types | {"number": lambda v: np.float32(v) if isinstance(v, float) else np.int64(v)}
    first, second = layers(calibrated)
    expected = Sequential(first, ReLU(), second)
    model = Sequential(Own(first, **types), Sequential(ReLU()), Own(second, **types))
    x = inputs(7)
    for ending in ("npz", "safetensors"):
        save(model, tmp_path / f"model.{ending}")
        again = load(tmp_path / f"model.{ending}")
        assert again(x).data.tobytes() == expected(x).data.tobytes()
    export_onnx(model, tmp_path / "model.onnx")
    export_onnx(expected, tmp_path / "expected.onnx")
    there = run(tmp_path / "model.onnx", x.data)
    assert there.tobytes() == run(tmp_path / "expected.onnx", x.data).tobytes()
    assert compile_model(model)(x).data.tobytes() == there.tobytes()
    assert compile_model(model).exact == calibrated


def test_sizes_of_arrays_and_tensors_are_the_same():
    first, second = layers()
    original = Sequential(make(20, 5), make(5, 3, bias=False))
    expected = analyze_model_sizes(original, Sequential(first, second))
    assert analyze_model_sizes(original, Sequential(Own(first), Own(second))) == expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight_scale": None}, "it has no weight_scale; a quantized layer needs q_weight"),
        ({"weight_zero_point": None}, "it has no weight_zero_point"),
        ({"bias_scale": None}, "it has no bias_scale"),
        ({"input_zero_point": None}, "it has no input_zero_point"),
        ({"q_weight": make().weight}, "the codes must be an int8 Tensor, got dtype float32"),
        ({"weight_scale": -1.0}, "the scale must be a finite float32 above zero, got -1.0"),
        ({"weight_zero_point": 0.5}, "the zero point must be an integer, got float"),
        ({"weight_scale": "x"}, "the scale"),
    ],
)
@pytest.mark.parametrize("use", [save, export_onnx, lambda model, path: compile_model(model)])
def test_what_is_missing_or_wrong_is_named(change, message, use, tmp_path):
    own = Own(layers()[0])
    vars(own).update(change)
    with pytest.raises((TypeError, ValueError), match=rf"layer 1, Own: .*{message}"):
        use(Sequential(ReLU(), own), tmp_path / "model.npz")
    assert list(tmp_path.iterdir()) == []
