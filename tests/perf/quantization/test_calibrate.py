"""QuantizedLinear.calibrate: all samples count, once, and errors change nothing."""

import numpy as np
import pytest
from models import inputs, make

from tinytorch import Tensor
from tinytorch.perf.quantization import PercentileObserver, QuantizedLinear, choose_qparams


def test_calibrate_takes_the_range_of_all_samples_from_a_generator():
    layer = QuantizedLinear(make(2, 2))
    layer.calibrate(Tensor([[low, 0.5]]) for low in (-1.0, 3.0, -0.25))
    assert (layer.input_scale, layer.input_zero_point) == choose_qparams(-1.0, 3.0)


def test_integer_inputs_such_as_pixels_are_taken_as_numbers():
    layer, pixels = QuantizedLinear(make(2, 2)), np.array([[0, 255]], dtype=np.uint8)
    layer.calibrate([Tensor(pixels)])
    assert (layer.input_scale, layer.input_zero_point) == (1.0, -128)
    assert (layer(Tensor(pixels)).data == layer(Tensor(pixels.astype(np.float32))).data).all()


def test_calibrate_again_replaces_the_range():
    layer = QuantizedLinear(make(2, 2))
    layer.calibrate([Tensor([[-100.0, 100.0]])])
    layer.calibrate([Tensor([[0.0, 1.0]])])
    assert (layer.input_scale, layer.input_zero_point) == choose_qparams(0.0, 1.0)


def test_every_sample_counts_however_many_there_are():
    layer = QuantizedLinear(make(1, 1))
    layer.calibrate(Tensor([[float(n == 4999)]]) for n in range(5000))
    assert layer.input_scale == np.float32(1 / 255)


def test_an_observer_class_name_or_factory_is_taken():
    data = [Tensor(np.linspace(0, 1, 20_000).reshape(-1, 20))]
    scales = []
    for observer in ("minmax", "percentile", "mse", lambda: PercentileObserver(90.0)):
        layer = QuantizedLinear(make())
        layer.calibrate(data, observer=observer)
        scales.append(layer.input_scale * 255)
    assert scales == pytest.approx([1.0, 0.9999, 1.0, 0.9], abs=2e-3)


@pytest.mark.parametrize(
    ("samples", "error", "part"),
    [
        ([], ValueError, "calibrate got no calibration samples"),
        (iter(()), ValueError, "calibrate got no calibration samples"),
        (Tensor(np.ones((3, 20))), TypeError, r"one Tensor of shape \(3, 20\).*\[data\]"),
        (np.ones((3, 20)), TypeError, r"one ndarray of shape \(3, 20\).*\[data\]"),
        (None, TypeError, "expects an iterable of Tensors, got NoneType"),
        (3.0, TypeError, "expects an iterable of Tensors, got float"),
        ("abc", TypeError, "expects an iterable of Tensors, got str"),
        ([[1.0] * 20], TypeError, "got list at position 0"),
        ([Tensor(np.ones((3, 19)))], ValueError, r"sample_inputs\[0\].*20 features.*\(3, 19\)"),
        ([Tensor(np.ones((0, 20)))], ValueError, r"sample_inputs\[0\].*is empty"),
        (
            [Tensor(np.ones(20)), Tensor([np.nan] * 20)],
            ValueError,
            r"sample_inputs\[1\].*20 NaN and 0 infinite",
        ),
    ],
)
def test_bad_samples_get_a_clear_error_and_leave_the_calibration_alone(samples, error, part):
    layer = QuantizedLinear(make())
    layer.calibrate([inputs(3)])
    before = layer.input_scale, layer.input_zero_point
    with pytest.raises(error, match=part):
        layer.calibrate(samples)
    assert (layer.input_scale, layer.input_zero_point) == before


def test_an_unknown_observer_is_named():
    layer = QuantizedLinear(make())
    with pytest.raises(ValueError, match=r"one of \['minmax', 'mse', 'percentile'\], got 'max'"):
        layer.calibrate([inputs(3)], observer="max")
    with pytest.raises(TypeError, match="observer must be a name or a callable"):
        layer.calibrate([inputs(3)], observer=99.9)
