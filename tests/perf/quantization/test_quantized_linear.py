"""QuantizedLinear: real int8, both forward passes, calibration, and its errors."""

import numpy as np
import pytest
from models import inputs, make, restored

from tinytorch import Linear, ReLU, Sequential, Tensor
from tinytorch.perf.quantization import QuantizedLinear, dequantize_int8


def test_parameters_are_int8_codes_of_the_layers_own():
    linear = make()
    layer = QuantizedLinear(linear)
    assert layer.q_weight.dtype == layer.q_bias.dtype == np.int8
    weight, bias = restored(layer)
    assert abs(weight - linear.weight.data).max() <= layer.weight_scale / 2 * 1.0001
    assert abs(bias - linear.bias.data).max() <= layer.bias_scale / 2 * 1.0001
    assert layer.parameters() == [layer.q_weight, layer.q_bias]
    assert layer.input_scale is layer.input_zero_point is None


def test_a_bias_of_a_tenth_everywhere_is_kept():
    linear = make()
    linear.bias = Tensor(np.full(5, 0.1))
    np.testing.assert_allclose(QuantizedLinear(linear).dequantized_bias().data, 0.1, rtol=1e-6)


def test_without_a_bias_there_are_no_bias_parameters():
    layer = QuantizedLinear(make(bias=False))
    assert layer.q_bias is layer.bias_scale is layer.bias_zero_point is None
    assert layer.parameters() == [layer.q_weight]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("rows", [1, 3, 200])
def test_weight_only_forward_is_x_times_the_restored_weight(rows, bias):
    layer = QuantizedLinear(make(bias=bias))
    weight, offset = restored(layer)
    x = inputs(rows)
    np.testing.assert_allclose(layer(x).data, x.data @ weight + offset, rtol=1e-4, atol=1e-5)
    assert layer(x).dtype == np.float32


@pytest.mark.parametrize(
    ("in_features", "out_features", "rows"),
    [(9000, 300, 5), (3000, 3000, 1), (5000, 300, 150), (70, 5000, 130)],
)
def test_weight_only_forward_is_right_across_tiles_and_threads(
    in_features, out_features, rows, monkeypatch
):
    monkeypatch.setattr("tinytorch.perf.quantization.parallel.usable_processors", lambda: 4)
    layer = QuantizedLinear(make(in_features, out_features))
    weight, bias = restored(layer)
    x = inputs(rows, in_features)
    expected = x.data.astype(np.float64) @ weight + bias
    np.testing.assert_allclose(layer(x).data, expected, rtol=1e-3, atol=1e-3)


def exact_forward(layer, x):
    """The calibrated forward pass in whole numbers, then one float32 rescaling."""
    position = np.rint(x.data / np.float32(layer.input_scale)) + layer.input_zero_point
    codes = np.clip(position, -128, 127).astype(np.int64)
    total = (codes - layer.input_zero_point) @ (
        layer.q_weight.data.astype(np.int64) - layer.weight_zero_point
    )
    step = np.float32(layer.input_scale) * np.float32(layer.weight_scale)
    product = total.astype(np.float32) * step
    if layer.q_bias is None:
        return product
    return product + dequantize_int8(layer.q_bias, layer.bias_scale, layer.bias_zero_point).data


@pytest.mark.parametrize(
    ("in_features", "out_features", "rows"),
    [(1, 1, 1), (20, 5, 3), (512, 4, 2), (513, 4, 2), (2000, 30, 300), (30, 1100, 2)],
)
@pytest.mark.parametrize("shift", [0.0, 3.0])
def test_calibrated_forward_is_exact_integer_arithmetic(in_features, out_features, rows, shift):
    linear = make(in_features, out_features)
    linear.weight = Tensor(linear.weight.data + np.float32(shift))
    layer = QuantizedLinear(linear)
    x = Tensor(inputs(rows, in_features).data + np.float32(shift))
    layer.calibrate([x[: max(1, rows // 2)]])
    assert (layer(x).data == exact_forward(layer, x)).all()


def test_calibrated_forward_saturates_inputs_outside_the_calibrated_range():
    layer = QuantizedLinear(make())
    layer.calibrate([Tensor(np.linspace(-1, 1, 20))])
    far, farther = Tensor(np.full((1, 20), 50.0)), Tensor(np.full((1, 20), 5e30))
    assert (layer(far).data == layer(farther).data).all()
    assert abs(layer(far).data).max() < 50


@pytest.mark.parametrize("calibrated", [True, False])
@pytest.mark.parametrize("shape", [(20,), (1, 20), (2, 3, 20), (0, 20)])
def test_outputs_have_the_shape_of_the_inputs_with_the_last_axis_replaced(shape, calibrated):
    layer = QuantizedLinear(make())
    if calibrated:
        layer.calibrate([inputs(5)])
    assert layer(Tensor(np.ones(shape))).shape == (*shape[:-1], 5)


@pytest.mark.parametrize("thing", [Linear, Sequential(Linear(2, 2)), ReLU(), None, "Linear"])
def test_only_a_linear_layer_can_become_a_quantized_linear(thing):
    with pytest.raises(TypeError, match="QuantizedLinear expects a Linear layer, got"):
        QuantizedLinear(thing)


def test_bad_parameters_are_named():
    linear = make()
    linear.weight.data[3, 2] = np.nan
    with pytest.raises(ValueError, match=r"weight of Linear\(20, 5\): .* holds 1 NaN .* \(3, 2\)"):
        QuantizedLinear(linear)
    linear = make()
    linear.bias = Tensor(np.ones(4))
    with pytest.raises(ValueError, match=r"bias .* should have shape \(5,\), has \(4,\)"):
        QuantizedLinear(linear)


def test_inputs_that_do_not_fit_are_refused():
    layer = QuantizedLinear(make())
    with pytest.raises(ValueError, match=r"QuantizedLinear\(20, 5, weight-only\) expects .* 20"):
        layer(Tensor(np.ones((2, 21))))
    layer.calibrate([inputs(2)])
    with pytest.raises(ValueError, match="the input holds 1 NaN and 0 infinite"):
        layer(Tensor([np.nan] + [0.0] * 19))


def test_a_bad_value_is_found_at_its_place_in_the_input():
    layer = QuantizedLinear(make())
    layer.calibrate([inputs(2)])
    x = np.zeros((2, 3, 20))
    x[1, 0, 2] = np.nan
    with pytest.raises(ValueError, match=r"first is nan at index \(1, 0, 2\)"):
        layer(Tensor(x))


def test_half_a_calibration_is_named():
    layer = QuantizedLinear(make())
    layer.input_scale = 0.1
    with pytest.raises(TypeError, match="input: the zero point must be an integer, got NoneType"):
        layer(inputs(1))


def test_a_linear_with_a_forward_of_its_own_is_refused():
    class Doubled(Linear):
        def forward(self, x):
            return super().forward(x) * 2

    with pytest.raises(TypeError, match="Doubled is a Linear with a forward of its own"):
        QuantizedLinear(Doubled(2, 2))
