"""One scale per output, a float32 bias, and warnings where one scale for all loses an output."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from models import inputs, make

from tinytorch import Linear, Sequential, Tensor
from tinytorch.perf.analysis import layer_report
from tinytorch.perf.quantization import QuantizedLinear, quantize_model
from tinytorch.perf.quantization.validation import QParams


def uneven():
    """Outputs of which one is 100,000 times as large as the other."""
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(6, 2)) * [8e4, 0.8]
    return Linear.from_arrays(np.float32(weight), np.float32([250_000, 3]))


def by_definition(weight):
    """Codes and scales in float64, column by column."""
    weight = np.asarray(weight, np.float64)
    largest = np.abs(weight).max(axis=0)
    scales = np.float32(np.where(largest > 0, largest, 127.0) / 127.0).astype(np.float64)
    return np.clip(np.rint(np.float32(weight) / np.float32(scales)), -127, 127), scales


@pytest.mark.parametrize("shape", [(20, 5), (1, 1), (3, 40), (700, 3)])
def test_codes_and_scales_per_channel_are_those_of_the_definition(shape):
    linear = make(*shape)
    layer = QuantizedLinear(linear, granularity="per_channel")
    codes, scales = by_definition(linear.weight.data)
    assert layer.q_weight.dtype == np.int8
    assert np.array_equal(layer.q_weight.data, codes)
    assert layer.weight_scale.dtype == np.float32
    assert np.array_equal(layer.weight_scale, np.float32(scales))
    assert layer.weight_zero_point == 0
    error = np.abs(layer.dequantized_weight().data - linear.weight.data)
    assert (error <= scales / 2 * (1 + 1e-6)).all()


@pytest.mark.parametrize("shape", [(20, 5), (1, 1), (3000, 7), (5000, 1100), (30, 1100)])
@pytest.mark.parametrize("rows", [1, 3, 200])
@pytest.mark.parametrize("calibrated", [False, True])
def test_the_product_is_that_of_the_restored_weight(shape, rows, calibrated):
    layer = QuantizedLinear(make(*shape), granularity="per_channel", bias="float32")
    x = inputs(rows, shape[0])
    values = x.data.astype(np.float64)
    if calibrated:
        layer.calibrate([x])
        codes = np.rint(x.data / np.float32(layer.input_scale)) + layer.input_zero_point
        values = (np.clip(codes, -128, 127) - layer.input_zero_point) * layer.input_scale
    weight = layer.q_weight.data * layer.weight_scale.astype(np.float64)
    expected = values @ weight + layer.float_bias.data
    tolerance = 1e-6 * (np.abs(values) @ np.abs(weight)) + 1e-6
    assert (np.abs(layer(x).data - expected) <= tolerance).all()


def test_a_calibrated_product_per_channel_is_exact_and_rescaled_once():
    layer = QuantizedLinear(make(700, 9, bias=False), granularity="per_channel")
    x = inputs(50, 700)
    layer.calibrate([x])
    codes = np.rint(x.data / np.float32(layer.input_scale)) + layer.input_zero_point
    sums = (codes.astype(np.int64) - layer.input_zero_point) @ layer.q_weight.data.astype(np.int64)
    multiplier = np.float32(layer.input_scale * layer.weight_scale.astype(np.float64))
    assert np.array_equal(layer(x).data, sums.astype(np.float32) * multiplier)


def test_outputs_of_very_different_size_survive_with_the_remedy_that_the_warning_names():
    model, x = Sequential(uneven()), inputs(200, 6)
    exact = model(x).data
    with pytest.warns(UserWarning, match="is lost") as caught:
        quantize_model(model, [x])
    messages = [str(each.message) for each in caught]
    assert len(messages) == 2
    assert messages[0].startswith("quantize_model: layer 0: column 1 of the weight is lost")
    assert "granularity='per_channel'" in messages[0]
    assert messages[1].startswith("quantize_model: layer 0: entry 1 of the bias is lost: 3 is")
    assert "bias='float32'" in messages[1]
    assert (model(x).data[:, 1] == 0).all()
    rows = layer_report(Sequential(uneven()), model, x)
    assert rows[0]["sqnr_db"] > 40
    assert (rows[0]["worst_output"], rows[0]["worst_output_sqnr_db"]) == (1, 0.0)

    model = Sequential(uneven())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quantize_model(model, [x], granularity="per_channel", bias="float32")
    noise = np.square(model(x).data - exact).sum(axis=0)
    assert (10 * np.log10(np.square(exact).sum(axis=0) / noise) > 38).all()
    assert layer_report(Sequential(uneven()), model, x)[0]["worst_output_sqnr_db"] > 38


def test_only_what_is_lost_is_warned_of():
    def quantize(weight, entries, **choices):
        layer = Linear.from_arrays(np.float32(weight), np.float32(entries))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            quantize_model(Sequential(layer), **choices)
        return [str(each.message).partition(": ")[2] for each in caught]

    even = [[1.0, 0.5], [-1.0, 0.25]]
    assert quantize(even, [1.0, 0.5]) == []
    assert quantize(even, [1.0, 0.001]) == []  # far below what the weights' rounding costs
    assert quantize([[1.0, 0.0], [-1.0, 0.0]], [1.0, 0.0]) == []  # nothing there was lost
    (said,) = quantize(even, [1000.0, 1.0])
    assert said.startswith("layer 0: entry 1 of the bias is lost: 1 is restored to zero")
    assert quantize(even, [1000.0, 1.0], bias="float32") == []
    (said,) = quantize([[1.0, 1e-3, -1e-3, 1e-4, 1e-5, 0]], [0.0] * 6)
    assert "columns 1, 2, 3 and 1 more of the weight are lost: up to 0.001" in said
    assert quantize([[1.0, 1e-3, -1e-3]], [0.0] * 3, granularity="per_channel") == []


def test_a_warning_that_is_an_error_leaves_the_model_as_it_was():
    model = Sequential(uneven())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="column 1"):
            quantize_model(model)
    assert repr(model) == "Sequential(Linear(6, 2))"


@pytest.mark.parametrize("call", [QuantizedLinear, quantize_model])
def test_other_choices_are_refused(call):
    for wrong, part in (
        ({"granularity": "per_row"}, r"granularity must be one of .*'per_channel'.*'per_row'"),
        ({"bias": "int32"}, r"bias must be one of \['int8', 'float32'\], got 'int32'"),
    ):
        model = Linear(2, 2) if call is QuantizedLinear else Sequential(Linear(2, 2))
        with pytest.raises(ValueError, match=part):
            call(model, **wrong)


def test_sizes_count_every_scale_and_a_float32_bias():
    layer = QuantizedLinear(Linear(100, 7), granularity="per_channel", bias="float32")
    usage = layer.memory_usage()
    assert usage["original_bytes"] == 4 * 707
    assert usage["quantized_bytes"] == 700 + 4 * 7 + 4 + 4 * 7
    assert [t.dtype for t in layer.parameters()] == [np.int8, np.float32]
    assert layer.q_bias is None
    assert layer.bias_scale is None
    assert repr(layer) == "QuantizedLinear(100, 7, per channel, float32 bias, weight-only)"


def test_the_float32_bias_is_a_copy():
    linear = make()
    layer = QuantizedLinear(linear, bias="float32")
    assert np.array_equal(layer.float_bias.data, linear.bias.data)
    assert not np.shares_memory(layer.float_bias.data, linear.bias.data)
    assert QuantizedLinear(make(bias=False), bias="float32").float_bias is None


@pytest.mark.parametrize("calibrated", [False, True])
@pytest.mark.parametrize("size", [1e-42, 1e-30, 1e30, 3.4e38])
def test_columns_of_any_size_keep_their_signal(size, calibrated):
    weight = np.float32([[1.0, size, 0.0], [-0.5, -size / 2, 0.0]])
    layer = QuantizedLinear(Linear.from_arrays(weight), granularity="per_channel")
    restored = layer.dequantized_weight().data
    np.testing.assert_allclose(restored, weight, rtol=0.01, atol=1e-45)
    assert (restored[:, 2] == 0).all()
    if calibrated:
        layer.calibrate([Tensor([[0.0, 1.0]])])
    result = layer(Tensor([[1.0, 0.0]])).data
    np.testing.assert_allclose(result, weight[:1], rtol=0.02, atol=1e-45)


@given(
    st.integers(1, 30), st.integers(1, 8), st.integers(1, 4), st.integers(0, 2**32 - 1),
    st.booleans(),
)  # fmt: skip
def test_every_output_has_an_error_of_its_own_size(width, outputs, rows, seed, calibrated):
    rng = np.random.default_rng(seed)
    weight = np.float32(rng.normal(size=(width, outputs)) * 10.0 ** rng.integers(-6, 6, outputs))
    linear = Linear.from_arrays(weight)
    x = Tensor(rng.normal(size=(rows, width)))
    layer = QuantizedLinear(linear, granularity="per_channel")
    if calibrated:
        layer.calibrate([x])
    step = (layer.input_scale or 0.0) * 0.5001
    per_weight = np.abs(weight).max(axis=0) / 127 * 0.5001
    bound = (np.abs(x.data) + step).sum(axis=1)[:, None] * per_weight + step * np.abs(weight).sum(0)
    exact = x.data.astype(np.float64) @ weight
    assert (np.abs(layer(x).data - exact) <= bound * 1.01 + 1e-30).all()


@pytest.mark.parametrize(
    ("scale", "zero_point", "error", "part"),
    [
        (np.float32([1.0]), 0, ValueError, r"scales must have shape \(2,\), got \(1,\)"),
        (np.float32([1.0, 0.0]), 0, ValueError, "above zero, got 0.0 at 1"),
        (np.float32([np.nan, 1.0]), 0, ValueError, "above zero, got nan at 0"),
        (np.array([1, 2]), 0, TypeError, "must be float32 or float64, got int64"),
        (np.float32([1.0, 2.0]), 1, ValueError, "zero point must be 0 per channel, got 1"),
    ],
)
def test_scales_that_do_not_fit_are_refused(scale, zero_point, error, part):
    codes = Tensor(np.zeros((3, 2), np.int8))
    with pytest.raises(error, match=part):
        QuantizedLinear.from_codes(codes, QParams(scale, zero_point))


def test_a_bias_is_int8_or_float32_and_fits():
    codes, weight = Tensor(np.zeros((3, 2), np.int8)), QParams(1.0, 0)
    bias = Tensor(np.zeros(2, np.int8))
    with pytest.raises(ValueError, match="it is int8 or float32, got both"):
        QuantizedLinear.from_codes(codes, weight, bias, weight, float_bias=Tensor([0.0, 1.0]))
    with pytest.raises(ValueError, match=r"values must have shape \(2,\), got shape \(3,\)"):
        QuantizedLinear.from_codes(codes, weight, float_bias=Tensor([0.0, 1.0, 2.0]))
    with pytest.raises(TypeError, match="expects float32 values, got dtype int8"):
        QuantizedLinear.from_codes(codes, weight, float_bias=bias)
