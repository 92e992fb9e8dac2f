"""The arithmetic of INT8 quantization, against values worked out by hand and in float64."""

import numpy as np
import pytest

from tinytorch import Tensor
from tinytorch.perf.quantization import (
    INT8_MAX_VALUE,
    INT8_MIN_VALUE,
    INT8_RANGE,
    choose_qparams,
    dequantize_int8,
    quantize_int8,
)
from tinytorch.perf.quantization.affine import quantize_array

MAX = float(np.finfo(np.float32).max)


def round_trip(values):
    return dequantize_int8(*quantize_int8(Tensor(np.asarray(values, dtype=np.float32)))).data


def test_the_constants_are_those_of_int8():
    assert (INT8_MIN_VALUE, INT8_MAX_VALUE, INT8_RANGE) == (-128, 127, 256)


@pytest.mark.parametrize(
    ("minimum", "maximum", "scale", "zero_point"),
    [
        (-1.0, 3.0, 4 / 255, -64),
        (-2.0, 2.0, 4 / 255, 0),  # -0.5 exactly: half to even
        (0.0, 1.0, 1 / 255, -128),
        (-1.0, 0.0, 1 / 255, 127),
        (5.0, 9.0, 9 / 255, -128),  # widened to hold zero
        (-9.0, -5.0, 9 / 255, 127),
        (-127.0, 128.0, 1.0, -1),
        (0.0, 0.0, 1.0, 0),
        (0.1, 0.1, 0.1 / 255, -128),  # a constant is a range once zero is in it
        (-MAX, MAX, 2 * MAX / 255, 0),
    ],
)
def test_scale_and_zero_point_have_the_values_worked_out_by_hand(
    minimum, maximum, scale, zero_point
):
    got_scale, got_zero_point = choose_qparams(minimum, maximum)
    assert got_scale == np.float32(scale)
    assert got_zero_point == zero_point
    assert type(got_scale) is float
    assert type(got_zero_point) is int


def test_the_scale_of_a_subnormal_range_stays_in_float64():
    smallest = float(np.float32(1e-45))
    scale, zero_point = choose_qparams(0.0, smallest)
    assert (scale, zero_point) == (smallest / 255, -128)


@pytest.mark.parametrize(
    ("minimum", "maximum", "part"),
    [
        (float("nan"), 1.0, "minimum must be a finite float32, got nan"),
        (0.0, float("inf"), "maximum must be a finite float32, got inf"),
        (0.0, 1e39, "maximum must be a finite float32, got 1e.39"),
        (2.0, 1.0, "minimum 2.0 is above maximum 1.0"),
    ],
)
def test_a_range_that_is_not_one_is_refused(minimum, maximum, part):
    with pytest.raises(ValueError, match=part):
        choose_qparams(minimum, maximum)


def test_codes_are_int8_and_take_one_byte_each():
    codes, _, _ = quantize_int8(Tensor(np.zeros((3, 4), dtype=np.float32)))
    assert codes.dtype == np.int8
    assert codes.nbytes == 12
    assert codes.shape == (3, 4)


def test_the_worked_example_on_minus_1_to_3():
    codes, scale, zero_point = quantize_int8(Tensor([-1.0, 0.0, 2.5, 3.0]))
    assert codes.data.tolist() == [-128, -64, 95, 127]
    restored = dequantize_int8(codes, scale, zero_point).data
    assert restored[1] == 0.0
    assert restored[2] == pytest.approx(2.49412, abs=5e-6)
    assert abs(restored - [-1.0, 0.0, 2.5, 3.0]).max() <= scale / 2


def test_half_grid_values_round_to_even_before_the_zero_point_is_added():
    # Adding z = 1 first would give -2, 0, 0, 2, 2, 4; rounding half up other codes again.
    values = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5], dtype=np.float32)
    codes = quantize_array(values, 1.0, 1, (-2.5, 2.5))
    assert codes.tolist() == [-1, -1, 1, 1, 3, 3]


def test_codes_round_to_the_nearest_and_not_down():
    codes, scale, zero_point = quantize_int8(Tensor([0.0, 0.9, 255.0]))
    assert (scale, zero_point) == (1.0, -128)
    assert codes.data.tolist() == [-128, -127, 127]


def test_values_outside_a_given_range_saturate_and_do_not_wrap():
    values = np.array([-1000.0, 0.0, 1000.0, 3e38], dtype=np.float32)
    assert quantize_array(values, 1.0, 0, (-1000.0, 3e38)).tolist() == [-128, 0, 127, 127]


def test_the_upper_end_of_a_symmetric_range_saturates_by_half_a_step():
    codes, scale, zero_point = quantize_int8(Tensor([-127.5, 127.5]))
    assert (codes.data.tolist(), scale, zero_point) == ([-128, 127], 1.0, 0)
    assert round_trip([-127.5, 127.5]).tolist() == [-128.0, 127.0]


def test_a_range_without_zero_does_not_collapse():
    values = np.linspace(5, 9, 101, dtype=np.float32)
    assert abs(round_trip(values) - values).max() <= 9 / 255 / 2 + 1e-6


@pytest.mark.parametrize("constant", [0.1, -0.1, 1e-9, -3.7e-30, 5.0, 1e-45, -MAX, MAX])
def test_a_constant_of_any_size_comes_back(constant):
    values = np.full((2, 3), constant, dtype=np.float32)
    np.testing.assert_allclose(round_trip(values), values, rtol=1e-6)


def test_all_zero_comes_back_as_zero():
    codes, scale, zero_point = quantize_int8(Tensor(np.zeros(5)))
    assert (codes.data.tolist(), scale, zero_point) == ([0] * 5, 1.0, 0)
    assert round_trip(np.zeros(5)).tolist() == [0.0] * 5


def test_tiny_tensors_keep_their_signal():
    values = np.array([1e-9, 2e-9, 3e-9], dtype=np.float32)
    np.testing.assert_allclose(round_trip(values), values, atol=3e-9 / 255 / 2 * 1.001)


def test_codes_equal_a_float64_derivation_away_from_the_half_grid():
    rng = np.random.default_rng(1)
    for _ in range(50):
        values = rng.normal(rng.normal(), rng.uniform(0.01, 10), 1000).astype(np.float32)
        codes, scale, zero_point = quantize_int8(Tensor(values))
        low, high = min(values.min().item(), 0.0), max(values.max().item(), 0.0)
        assert scale == pytest.approx((high - low) / 255, rel=1e-7)
        position = values.astype(np.float64) / scale
        expected = np.clip(np.rint(position) + zero_point, -128, 127)
        certain = abs(position % 1 - 0.5) > 1e-4
        assert (codes.data == expected)[certain].all()


def test_dequantize_widens_before_it_subtracts():
    codes = np.array([-128, 0, 127], dtype=np.int8)
    assert dequantize_int8(Tensor(codes), 1.0, -128).data.tolist() == [0.0, 128.0, 255.0]
    assert dequantize_int8(Tensor(codes), 1.0, 127).data.tolist() == [-255.0, -127.0, 0.0]


def test_dequantize_saturates_at_the_largest_float32():
    codes = Tensor(np.array([-128, 127], dtype=np.int8))
    restored = dequantize_int8(codes, *choose_qparams(-MAX, MAX)).data
    assert restored[0] == -np.float32(MAX)
    assert np.isfinite(restored).all()


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ([1.0, np.nan, np.inf, np.nan], r"2 NaN and 1 infinite .* first is nan at index \(1,\)"),
        ([[1.0, -np.inf]], r"0 NaN and 1 infinite .* first is -inf at index \(0, 1\)"),
        ([], r"is empty \(shape \(0,\)\)"),
    ],
)
def test_values_without_a_range_are_refused(values, part):
    with pytest.raises(ValueError, match=part):
        quantize_int8(Tensor(values))


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.bool_])
def test_what_may_be_codes_already_is_not_quantized_again(dtype):
    with pytest.raises(TypeError, match="expects float32 values, got dtype"):
        quantize_int8(Tensor(np.ones(3, dtype=dtype)))


def test_float_codes_are_refused_by_dequantize():
    with pytest.raises(TypeError, match="expects int8 codes, got dtype float32"):
        dequantize_int8(Tensor([1.0]), 1.0, 0)


@pytest.mark.parametrize(
    ("scale", "zero_point", "error"),
    [
        (0.0, 0, ValueError),
        (-1.0, 0, ValueError),
        (float("nan"), 0, ValueError),
        (float("inf"), 0, ValueError),
        ("1", 0, TypeError),
        (None, 0, TypeError),
        (1.0, 128, ValueError),
        (1.0, 0.5, TypeError),
        (1.0, True, TypeError),
    ],
)
def test_parameters_that_int8_cannot_have_are_refused(scale, zero_point, error):
    with pytest.raises(error, match=r"dequantize_int8: the (scale|zero point) must"):
        dequantize_int8(Tensor(np.zeros(2, dtype=np.int8)), scale, zero_point)


def test_the_input_is_not_changed():
    values = np.array([1.0, -2.0], dtype=np.float32)
    quantize_int8(Tensor(values))
    assert values.tolist() == [1.0, -2.0]


def test_large_arrays_are_quantized_in_threads_to_the_same_codes(monkeypatch):
    monkeypatch.setattr("tinytorch.perf.quantization.parallel.usable_processors", lambda: 4)
    values = np.random.default_rng(0).normal(size=(5, 1_000_003)).astype(np.float32)
    codes, scale, zero_point = quantize_int8(Tensor(values))
    expected = np.clip(np.rint(values / np.float32(scale)) + zero_point, -128, 127)
    assert (codes.data == expected).all()
    restored = dequantize_int8(codes, scale, zero_point).data
    assert (restored == (codes.data.astype(np.float32) - zero_point) * np.float32(scale)).all()


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.int8, int])
def test_bounds_of_any_number_type_give_the_same_parameters(kind):
    assert choose_qparams(kind(-128), kind(64)) == choose_qparams(-128.0, 64.0)


def test_float32_bounds_are_not_computed_with_in_float32():
    low, high = np.float32(-0.5356694), np.float32(0.36159506)
    assert choose_qparams(low, high) == quantize_int8(Tensor([low, high]))[1:]
    assert choose_qparams(-np.float32(MAX), np.float32(MAX))[1] == 0
    assert choose_qparams(np.float32(1e-45), np.float32(1e-44))[0] > 0


def test_a_single_number_that_is_not_finite_is_named():
    with pytest.raises(ValueError, match=r"first is nan at index \(\)"):
        quantize_int8(Tensor(np.nan))


def test_float64_arrays_put_into_a_tensor_are_real_data():
    tensor = Tensor([1.0])
    tensor.data = np.array([0.4, 1.0])
    assert quantize_int8(tensor)[0].data.tolist() == [-26, 127]
