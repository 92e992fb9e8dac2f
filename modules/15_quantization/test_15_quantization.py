"""The grading suite of the quantization lesson: 100 points, a bonus, a sentence for every mistake.

It runs the same way from the notebook (`check`) and for instructors (`pytest
modules/15_quantization`), and grades what the notebook asks for, never how it is written. Inputs
are random; half-way cases, which conventions round differently, are avoided or accepted both ways.
"""

import functools
import itertools
import math

import numpy as np
import pytest

from tinytorch.core.training import accuracy
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.grading.checks import (
    CheckError,
    NotAttemptedError,
    as_array,
    as_dict,
    as_number,
    tensor,
)
from tinytorch.lessons import quantization

LESSON = quantization.LESSON


def worth(points, exercise, *follows):
    """What a test is worth; if one of the tests in `follows` fails, it fails because of that."""
    names = tuple(test.__name__ for test in follows)
    return pytest.mark.exercise(name=exercise, points=points, follows=names)


# What is right, in float64: independent of the library, which is graded here too.


def grid(low, high):
    """Scale and zero point of a range that is widened to hold zero."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) / 255
    return scale, int(np.clip(np.rint(-128 - low / scale), -128, 127))


def on_grid(values, low, high):
    """Values as the codes of a range can express them; values outside saturate."""
    scale, zero_point = grid(low, high)
    codes = np.clip(np.rint(np.asarray(values, np.float64) / scale) + zero_point, -128, 127)
    return (codes - zero_point) * scale


def random_values(rng, shape, low=None, high=None):
    """Float32 values that reach from low to high, none of them half-way between two codes."""
    low = -rng.uniform(0.5, 3) if low is None else low
    high = rng.uniform(0.5, 3) if high is None else high
    while abs(_fraction(min(low, 0) / grid(low, high)[0]) - 0.5) < 0.01:
        low *= 1.003
    values = rng.uniform(low, high, shape)
    values.flat[0], values.flat[-1] = low, high
    return off_half_way(values, low, high).astype(np.float32)


def off_half_way(values, low, high):
    """Values of which none is half-way between two codes of a range."""
    scale, _ = grid(low, high)
    half_way = np.abs(_fraction(values / scale) - 0.5) < 0.01
    return values + half_way * 0.02 * scale * (1 if low < 0 else -1)


def _fraction(x):
    return x - np.floor(x)


def bounds(values):
    return float(np.min(values)), float(np.max(values))


def weights_and_bias(rng, inputs, outputs):
    weight = random_values(rng, (inputs, outputs), -0.5 * rng.uniform(0.5, 1), 0.7)
    return weight, random_values(rng, outputs, -1.0, rng.uniform(1.2, 2))


def restored(values):
    return on_grid(values, *bounds(values))


def relative_error(got, expected):
    """Root mean square of the error, relative to what was expected."""
    difference = np.asarray(got, np.float64) - expected
    return math.sqrt(np.mean(difference**2) / np.mean(np.square(expected)))


def same(got, expected, tolerance=1e-4):
    return relative_error(got, expected) < tolerance


def relu(x):
    return np.maximum(x, 0)


def follows(got, values):
    """Whether numbers rise and fall with others, as constants and made-up numbers do not."""
    got, values = np.asarray(got, np.float64).ravel(), np.asarray(values, np.float64).ravel()
    return np.ptp(got) > 0 and np.corrcoef(got, values)[0, 1] > 0.5


# Exercise 1: quantize_int8, 25 points


@worth(3, "quantize_int8")
def test_it_returns_int8_codes_of_the_same_shape_a_scale_and_a_zero_point(submission):
    """It returns int8 codes of the same shape, a scale and a zero point"""
    # Ranges of both kinds in every run: a mistake must not cost points by chance.
    for shape, low, high in [((50,), -1.0, 3.0), ((3, 5), -3.0, 1.0), ((3, 4, 5), -2.0, 2.5)]:
        values = random_values(submission.rng, shape, low, high)
        codes, _scale, zero_point = submission.quantize_int8(values)
        assert codes.dtype != np.uint8, (
            "the codes have dtype uint8, which starts at 0; int8 codes start at -128"
        )
        assert codes.dtype == np.int8, (
            f"the codes have dtype {codes.dtype}, so each takes {codes.itemsize} bytes where int8 "
            "takes 1: see what dtype the Tensor that you return is made from"
        )
        assert -128 <= zero_point <= 127, (
            f"the zero point is {zero_point}, which is no int8 code (-128 to 127)"
        )
        assert isinstance(zero_point, int), (
            f"the zero point is the {type(zero_point).__name__} {zero_point}; it is a code, so "
            "it should be an int (or have scale and zero point changed places?)"
        )
        assert follows(codes, values), "larger values should get larger codes"


@worth(2, "quantize_int8", test_it_returns_int8_codes_of_the_same_shape_a_scale_and_a_zero_point)
def test_the_scale_is_the_width_of_a_step_between_neighbouring_codes(submission):
    for _ in range(5):
        values = random_values(submission.rng, 50)
        (low, high), (_, scale, _) = bounds(values), submission.quantize_int8(values)
        assert not math.isclose(scale, 1 / grid(low, high)[0], rel_tol=1e-5), (
            f"the scale is {scale:.6g} for values from {low:.4g} to {high:.4g}: it should be the "
            "distance between two codes, and seems to be upside down"
        )
        largest = np.abs(values).max()
        assert not any(math.isclose(scale, largest / n, rel_tol=1e-5) for n in (127, 127.5, 128)), (
            f"the scale is {scale:.6g} for values from {low:.4g} to {high:.4g}, the largest "
            "magnitude over 127: that is symmetric quantization. Here the range reaches from the "
            "smallest to the largest value, and the zero point says where zero is"
        )
        assert abs(scale / grid(low, high)[0] - 1) > 1e-3 or math.isclose(
            scale, grid(low, high)[0], rel_tol=1e-5
        ), (
            f"the scale is {scale:.8g} for values from {low:.6g} to {high:.6g}, where "
            f"{grid(low, high)[0]:.8g} is right: nearly. Is something small added to it, or were "
            "the values changed before?"
        )
        assert math.isclose(scale, grid(low, high)[0], rel_tol=1e-5), (
            f"the scale is {scale:.6g} for values from {low:.4g} to {high:.4g}: it cuts that range "
            f"into {(high - low) / scale:.4g} steps. Count the steps between 256 codes again"
        )


@worth(
    2, "quantize_int8",
    test_it_returns_int8_codes_of_the_same_shape_a_scale_and_a_zero_point,
    test_the_scale_is_the_width_of_a_step_between_neighbouring_codes,
)  # fmt: skip
def test_the_zero_point_is_the_code_of_zero(submission):
    for _ in range(12):
        values = random_values(submission.rng, 50)
        (low, high), (_, _, zero_point) = bounds(values), submission.quantize_int8(values)
        right = grid(low, high)[1]
        assert abs(zero_point - min(right + 128, 127)) > 1, (
            f"the zero point is {zero_point} for values from {low:.4g} to {high:.4g}: that fits "
            "unsigned codes 0 to 255, but int8 codes start at -128"
        )
        assert abs(zero_point - right) != 1, (
            f"the zero point is {zero_point} for values from {low:.4g} to {high:.4g}, off by one: "
            "is it rounded to the nearest integer?"
        )
        assert zero_point == right, (
            f"the zero point is {zero_point} for values from {low:.4g} to {high:.4g}, but with it "
            "the smallest value does not get the smallest code"
        )


@worth(
    4, "quantize_int8",
    test_it_returns_int8_codes_of_the_same_shape_a_scale_and_a_zero_point,
    test_the_scale_is_the_width_of_a_step_between_neighbouring_codes,
    test_the_zero_point_is_the_code_of_zero,
)  # fmt: skip
def test_every_value_gets_the_nearest_code(submission):
    # A range whose zero point is not what cutting off its decimals gives, and random ones.
    for low, high in [(-1.3, 2.3), *[(None, None)] * 4]:
        values = random_values(submission.rng, 400, low, high)
        quantized = submission.quantize_int8(values)
        error = quantized.error_in_steps(values)
        worst, mean = np.abs(error).max(), error.mean()
        which = " (on average down)" if mean < -0.2 else " (on average up)" if mean > 0.2 else ""
        assert abs(mean) < 1, (
            f"codes are {abs(mean):.0f} steps from their values on average, all in the same "
            "direction: does a value of 0.0 get the zero point as its code?"
        )
        inside = np.abs(error[(values > values.min() * 0.95) & (values < values.max() * 0.95)])
        assert worst < 0.51 or inside.max() >= 0.51, (
            f"the smallest and the largest values are up to {worst:.2f} steps from their codes, "
            "the others at most 0.5: which codes are never used?"
        )
        assert worst < 0.51, (
            f"codes are up to {worst:.2f} steps from their values{which}, where the nearest code "
            "is at most 0.5 away: look at how values are rounded"
        )


@worth(
    4, "quantize_int8",
    test_it_returns_int8_codes_of_the_same_shape_a_scale_and_a_zero_point,
    test_the_scale_is_the_width_of_a_step_between_neighbouring_codes,
    test_the_zero_point_is_the_code_of_zero,
    test_every_value_gets_the_nearest_code,
)  # fmt: skip
def test_the_codes_can_express_zero_even_if_all_values_lie_on_one_side(submission):
    for low, high in [(5, 9), (0.5, 0.6), (-9, -5), (-200, -100)]:
        values = random_values(submission.rng, 50, low, high)
        quantized = submission.quantize_int8(values)
        back = quantized.restored()
        assert np.abs(quantized.error_in_steps(values)).max() < 0.51, (
            f"values from {low} to {high} came back as {back.min():.4g} to {back.max():.4g}: "
            "zero is outside the range, so its code would be no int8 code. Look at the range again"
        )
        # A scale that is right by itself, and a zero point that zero falls on.
        assert math.isclose(quantized.scale, grid(low, high)[0], rel_tol=0.005), (
            f"the scale is {quantized.scale:.4g} for values from {low} to {high}; the range that "
            "it divides should reach to zero, and no further"
        )


@worth(
    2, "quantize_int8",
    test_it_returns_int8_codes_of_the_same_shape_a_scale_and_a_zero_point,
    test_the_scale_is_the_width_of_a_step_between_neighbouring_codes,
    test_the_zero_point_is_the_code_of_zero,
    test_every_value_gets_the_nearest_code,
    test_the_codes_can_express_zero_even_if_all_values_lie_on_one_side,
)  # fmt: skip
def test_a_constant_comes_back(submission):
    for value in [0.1, -3.7, 1e-4, 12345.0]:
        back = submission.quantize_int8(
            np.full((2, 3), value, np.float32), f"a tensor of {value}s"
        ).restored()
        assert np.allclose(back, value, rtol=1e-4), (
            f"a tensor whose values are all {value} came back as {back.flat[0]:.4g}: a range of "
            "one value is no special case once it holds zero"
        )


@worth(
    1, "quantize_int8",
    test_it_returns_int8_codes_of_the_same_shape_a_scale_and_a_zero_point,
    test_the_scale_is_the_width_of_a_step_between_neighbouring_codes,
    test_the_zero_point_is_the_code_of_zero,
    test_every_value_gets_the_nearest_code,
    test_the_codes_can_express_zero_even_if_all_values_lie_on_one_side,
)  # fmt: skip
def test_tiny_values_are_values_too(submission):
    for size in [1e-7, 1e-9, 1e-12]:
        values = random_values(submission.rng, 50, -size, 2.1 * size)
        quantized = submission.quantize_int8(values)
        # In steps of the right scale: those of scale 1 are so wide that no error is seen.
        error = np.abs(quantized.restored() - values.astype(np.float64)).max()
        assert error < 0.51 * grid(*bounds(values))[0], (
            f"values of about {size:g} came back as {quantized.restored().max():.3g}: compare with "
            "zero itself, not with something small"
        )


@worth(
    1, "quantize_int8",
    test_it_returns_int8_codes_of_the_same_shape_a_scale_and_a_zero_point,
    test_the_zero_point_is_the_code_of_zero,
)  # fmt: skip
def test_all_zeros_stay_zero(submission):
    codes, _, zero_point = submission.quantize_int8(
        np.zeros((3, 4), np.float32), "a tensor of zeros"
    )
    assert (codes == zero_point).all(), (
        f"zeros got code {codes.flat[0]}, which does not stand for zero if the zero point is "
        f"{zero_point}"
    )
    codes, _, zero_point = submission.quantize_int8(np.array([0.0, 1.5, 0.0], np.float32))
    assert codes[1] != zero_point, f"of the values 0, 1.5 and 0, all got the code {zero_point}"


@worth(
    2, "quantize_int8",
    test_it_returns_int8_codes_of_the_same_shape_a_scale_and_a_zero_point,
    test_the_zero_point_is_the_code_of_zero,
    test_every_value_gets_the_nearest_code,
)  # fmt: skip
def test_the_largest_value_does_not_wrap_around(submission):
    for size in [1.0, 2.0, 0.3, 100.0]:
        values = np.linspace(-size, size, 11, dtype=np.float32)
        quantized = submission.quantize_int8(values)
        back = quantized.restored()
        assert abs(back[-1] - size) < 1.01 * quantized.scale, (
            f"in a tensor from {-size} to {size}, the largest value came back as {back[-1]:.4g}: "
            "its code wrapped around. Is it clipped to what int8 can hold, and when?"
        )


@worth(1, "quantize_int8", test_it_returns_int8_codes_of_the_same_shape_a_scale_and_a_zero_point)
def test_the_tensor_that_was_given_stays_as_it_was(submission):
    values = random_values(submission.rng, (8, 9), -1.0, 3.0)
    expected = submission.quantize_int8(values).codes
    assert follows(expected, values), "larger values should get larger codes"
    given = submission.shared_tensor(values)
    submission.call("quantize_int8", given.reference)
    assert np.array_equal(given.values(), values), (
        "the Tensor that was given has changed: compute with new arrays, not in place"
    )
    again = submission.call("quantize_int8", given.reference)[0].data
    assert np.array_equal(again, expected), (
        "the same Tensor, given again, gets other codes: has it changed?"
    )


@worth(1, "quantize_int8")
def test_values_that_have_no_code_are_refused(submission):
    submission.quantize_int8(np.array([-1.0, 2.0]))  # these are not
    for name, values in [("NaN", [1.0, np.nan]), ("infinity", [np.inf, 0.0]), ("no value", [])]:
        given = tensor(values)
        kind = submission.error_of(lambda given=given: submission.call("quantize_int8", given))
        assert kind == "ValueError", f"a tensor with {name} should raise a ValueError, but " + (
            "nothing was raised" if kind is None else f"a {kind} was raised"
        )


@worth(
    2, "quantize_int8",
    test_the_scale_is_the_width_of_a_step_between_neighbouring_codes,
    test_the_zero_point_is_the_code_of_zero,
    test_the_codes_can_express_zero_even_if_all_values_lie_on_one_side,
    test_all_zeros_stay_zero,
)  # fmt: skip
def test_choose_qparams_gives_the_scale_and_the_zero_point_of_a_range(submission):
    """choose_qparams gives the scale and the zero point of a range"""
    # The second needs rounding up, so that a zero point that is cut off is always seen.
    ranges = [(-1.0, 3.0), (-1.3, 2.3), (5.0, 9.0), (-6.0, -2.0)]
    ranges.append((-float(submission.rng.uniform(1, 2)), 2.3))
    for low, high in ranges:
        scale, zero_point = submission.choose_qparams(low, high)
        right, exact = grid(low, high)[0], -128 - min(low, 0.0) / grid(low, high)[0]
        assert math.isclose(scale, right, rel_tol=1e-5), (
            f"choose_qparams({low:.4g}, {high:.4g}) gives the scale {scale:.6g}: which range do "
            "256 codes with that distance cover, and does it hold zero?"
        )
        assert abs(zero_point - exact) < 0.51, (
            f"choose_qparams({low:.4g}, {high:.4g}) gives the zero point {zero_point}, with which "
            "the smallest value does not get the smallest code"
        )
    assert submission.choose_qparams(0.0, 0.0) == (1.0, 0), (
        "choose_qparams(0.0, 0.0) should give (1.0, 0): there is no range to divide"
    )


# Exercise 2: dequantize_int8, 10 points


def some_codes(rng, shape, zero_point=0):
    """Int8 codes so close to the zero point that their difference is an int8 too."""
    low, high = max(-128, zero_point - 128), min(127, zero_point + 127)
    return rng.integers(low, high, shape, endpoint=True).astype(np.int8)


@worth(2, "dequantize_int8")
def test_it_returns_a_float32_tensor_of_the_same_shape(submission):
    for shape in [(50,), (8, 7), (3, 4, 5)]:
        codes = some_codes(submission.rng, shape, 3)
        values = submission.dequantize_int8(codes, 0.5, 3)
        assert values.dtype == np.float32, f"the values have dtype {values.dtype}, not float32"
        odd = ~np.isfinite(values)
        assert not odd.any(), f"code {codes[odd][0]} came back as {values[odd][0]}"
        assert follows(values, codes), "larger codes should stand for larger values"


@worth(4, "dequantize_int8", test_it_returns_a_float32_tensor_of_the_same_shape)
def test_every_code_stands_for_its_distance_from_the_zero_point_in_steps(submission):
    # Far from 1, where a mistake with the scale would make no difference.
    for scale in submission.rng.uniform([0.01, 0.1, 1.4, 2], [0.1, 0.7, 2, 4]):
        zero_point = int(submission.rng.integers(10, 60))
        codes = some_codes(submission.rng, 40, zero_point)
        values = submission.dequantize_int8(codes, scale, zero_point)
        wide = codes.astype(np.float64)
        mistakes = {
            "the zero point is not subtracted": wide * scale,
            "the zero point is added": (wide + zero_point) * scale,
            "the zero point is subtracted from the values, not from the codes": (
                wide * scale - zero_point
            ),
            "values are divided by the scale": (wide - zero_point) / scale,
            "the scale is not used": wide - zero_point,
        }
        for mistake, wrong in mistakes.items():
            assert not same(values, wrong), f"it seems that {mistake}"
        code, value = codes[0], values[0]
        assert same(values, (wide - zero_point) * scale), (
            f"code {code} came back as {value:.4g} with scale {scale:.4g} and zero point "
            f"{zero_point}: how many steps is the code from the zero point?"
        )


@worth(
    3, "dequantize_int8",
    test_it_returns_a_float32_tensor_of_the_same_shape,
    test_every_code_stands_for_its_distance_from_the_zero_point_in_steps,
)  # fmt: skip
def test_the_difference_from_the_zero_point_does_not_wrap(submission):
    codes = np.array([-128, -100, 100, 127], np.int8)
    for zero_point in [-128, -70, 70, 127]:
        values = submission.dequantize_int8(codes, 0.5, zero_point)
        right = (codes.astype(np.float64) - zero_point) * 0.5
        wrong = int(np.argmax(np.abs(values - right)))
        assert same(values, right), (
            f"code {codes[wrong]} came back as {values[wrong] / 0.5:g} steps of 0.5 with zero "
            f"point {zero_point}: int8 arithmetic wraps around at 127. What dtype are the codes "
            "when the zero point is subtracted?"
        )


@worth(1, "dequantize_int8")
def test_the_codes_that_were_given_stay_as_they_were(submission):
    codes = some_codes(submission.rng, (8, 9), 7)
    expected = submission.dequantize_int8(codes, 0.25, 7)
    assert follows(expected, codes), "larger codes should stand for larger values"
    given = submission.shared_tensor(codes)
    submission.call("dequantize_int8", given.reference, 0.25, 7)
    assert given.values().dtype == np.int8, "the Tensor that was given has another dtype now"
    assert np.array_equal(given.values(), codes), (
        "the codes that were given have changed: compute with new arrays, not in place"
    )
    again = submission.call("dequantize_int8", given.reference, 0.25, 7).data
    assert np.array_equal(again, expected), (
        "the same codes, given again, stand for other values: have they changed?"
    )


# Exercise 3: QuantizedLinear, 20 points


@worth(3, "QuantizedLinear")
def test_the_weight_is_kept_as_int8_codes_with_their_scale_and_zero_point(submission):
    weight, bias = weights_and_bias(submission.rng, 12, 5)
    layer = submission.quantized_linear(weight, bias)
    codes = layer.array("q_weight", (12, 5))
    assert codes.dtype == np.int8, (
        f"q_weight has dtype {codes.dtype}, so a weight takes {codes.itemsize} bytes; expected int8"
    )
    scale, zero_point = layer.number("weight_scale"), layer.number("weight_zero_point")
    assert same((codes.astype(np.float64) - zero_point) * scale, restored(weight)), (
        "q_weight, weight_scale and weight_zero_point do not stand for the layer's weight"
    )


@worth(1, "QuantizedLinear")
def test_the_layer_knows_its_features_and_starts_without_calibration(submission):
    """The layer knows its features, and starts without calibration"""
    weight, bias = weights_and_bias(submission.rng, 12, 5)
    linear = submission.sequential((weight, bias)).layers()[0]
    submission.call("QuantizedLinear", linear.reference)
    for name, array in [("weight", weight), ("bias", bias)]:
        given = as_array(linear.get(name), f"afterwards, the {name} of the Linear is", array.shape)
        assert np.array_equal(given, array), f"making the layer changed the {name} of the Linear"
    layer = submission.quantized_linear(weight, bias)
    assert follows(layer.array("q_weight", (12, 5)), weight), (
        "the codes of larger weights should be larger"
    )
    for name, right in [("in_features", 12), ("out_features", 5)]:
        got = layer.number(name)
        assert got == right, f"{name} is {got} for a layer from 12 to 5 features"
    for name in ("input_scale", "input_zero_point"):
        assert layer.get(name) is None, f"{name} should be None before there was calibration"


@worth(2, "QuantizedLinear")
def test_the_bias_is_kept_as_int8_codes_too(submission):
    weight, bias = weights_and_bias(submission.rng, 6, 9)
    layer = submission.quantized_linear(weight, bias)
    codes = layer.array("q_bias", (9,))
    assert codes.dtype == np.int8, f"q_bias has dtype {codes.dtype}; expected int8"
    scale, zero_point = layer.number("bias_scale"), layer.number("bias_zero_point")
    assert same((codes.astype(np.float64) - zero_point) * scale, restored(bias)), (
        "q_bias, bias_scale and bias_zero_point do not stand for the layer's bias: it has a range "
        "of its own"
    )


@worth(3, "QuantizedLinear", test_the_weight_is_kept_as_int8_codes_with_their_scale_and_zero_point)
def test_forward_multiplies_by_the_weights_that_the_codes_stand_for(submission):
    for inputs, outputs in [(40, 6), (9, 21)]:
        weight, _ = weights_and_bias(submission.rng, inputs, outputs)
        x = submission.rng.normal(size=(8, inputs)).astype(np.float32)
        layer = submission.quantized_linear(weight, np.zeros(outputs, np.float32))
        y = layer.forward(x, outputs)
        codes = layer.array("q_weight", (inputs, outputs)).astype(np.float64)
        for factor in (1.0, layer.number("weight_scale")):
            assert not same(y, x @ codes * factor), (
                "forward multiplies by the codes: restore the values that they stand for first, "
                "with weight_scale and weight_zero_point"
            )
        assert not same(y, x @ weight), (
            "forward gives what the FP32 weight gives: compute with what the codes stand for"
        )
        right = x @ restored(weight)
        shift = y - right
        assert same(y, right) or np.ptp(shift, axis=0).max() > 1e-3 * np.abs(shift).max(), (
            "forward adds the same to every row although the bias is all zeros: what do the codes "
            "of the bias stand for, with bias_scale and bias_zero_point?"
        )
        assert same(y, right), (
            f"forward's output differs by {relative_error(y, right):.1%} of its size from the "
            "product of the input and the weight that the codes stand for"
        )


@worth(
    2, "QuantizedLinear",
    test_the_weight_is_kept_as_int8_codes_with_their_scale_and_zero_point,
    test_the_bias_is_kept_as_int8_codes_too,
    test_forward_multiplies_by_the_weights_that_the_codes_stand_for,
)  # fmt: skip
def test_forward_adds_the_bias(submission):
    weight, bias = weights_and_bias(submission.rng, 20, 7)
    x = submission.rng.normal(size=(8, 20)).astype(np.float32)
    y = submission.quantized_linear(weight, bias).forward(x, 7)
    product = x @ restored(weight)
    assert not same(y, product, 1e-3), "forward forgets the bias"
    assert not same(y, product + bias, 1e-5), (
        "forward adds the FP32 bias: add what the codes of the bias stand for"
    )
    assert same(y, product + restored(bias)), "forward adds something else than the bias"


@worth(2, "QuantizedLinear", test_forward_multiplies_by_the_weights_that_the_codes_stand_for)
def test_a_layer_without_bias_works(submission):
    weight, _ = weights_and_bias(submission.rng, 10, 4)
    x = submission.rng.normal(size=(3, 10)).astype(np.float32)
    layer = submission.quantized_linear(weight, None)
    for name in ("q_bias", "bias_scale", "bias_zero_point"):
        assert layer.get(name) is None, f"a layer without bias should have {name} None"
    assert same(layer.forward(x, 4), x @ restored(weight)), "forward is wrong without a bias"


@worth(
    1, "QuantizedLinear",
    test_forward_multiplies_by_the_weights_that_the_codes_stand_for,
    test_forward_adds_the_bias,
)  # fmt: skip
def test_inputs_may_have_any_number_of_axes_before_the_last(submission):
    weight, bias = weights_and_bias(submission.rng, 6, 4)
    layer = submission.quantized_linear(weight, bias)
    for shape in [(6,), (2, 3, 6)]:
        x = submission.rng.normal(size=shape).astype(np.float32)
        right = x @ restored(weight) + restored(bias)
        assert same(layer.forward(x, 4), right), f"forward is wrong for an input of shape {shape}"
        called = as_array(layer.call("__call__", tensor(x)), "layer(x) returned", right.shape)
        assert same(called, right), (
            "layer(x) should give what layer.forward(x) gives: define __call__"
        )


@worth(
    1, "QuantizedLinear",
    test_forward_multiplies_by_the_weights_that_the_codes_stand_for,
    test_forward_adds_the_bias,
)  # fmt: skip
def test_forward_lets_quantize_input_have_the_input_first(submission):
    """Forward lets quantize_input have the input first"""
    weight, bias = weights_and_bias(submission.rng, 6, 4)
    x = submission.rng.normal(size=(3, 6)).astype(np.float32)
    layer = submission.quantized_linear(weight, bias)
    before = layer.forward(x, 4)
    right = x @ restored(weight) + restored(bias)
    assert same(before, right), "forward is wrong for an input of shape (3, 6)"
    if not layer.has("quantize_input"):
        return  # forward does its work; whether it does is seen after calibration
    layer.override("quantize_input", tensor(np.zeros_like(x)))
    calls_it = not same(layer.forward(x, 4), before)
    layer = submission.quantized_linear(weight, bias)
    layer.set("input_scale", 0.5)
    layer.set("input_zero_point", 0)
    reads_the_scale = not same(layer.forward(x, 4), before)
    assert calls_it or reads_the_scale, (
        "forward does not call quantize_input: begin it with x = self.quantize_input(x), so that "
        "exercise 4 can give that method something to do"
    )


@worth(
    3, "QuantizedLinear",
    test_the_weight_is_kept_as_int8_codes_with_their_scale_and_zero_point,
    test_the_bias_is_kept_as_int8_codes_too,
    test_forward_multiplies_by_the_weights_that_the_codes_stand_for,
    test_forward_adds_the_bias,
)  # fmt: skip
def test_the_memory_of_the_fp32_weight_is_really_freed(submission):
    """The memory of the FP32 weight is really freed, and no input is kept"""
    for inputs, outputs, what in [(500, 400, "the weight"), (1, 100_000, "the bias")]:
        held = submission.held_bytes()
        assert held < 20e6, (
            "before there is any layer, your definitions keep over 20 MB of memory: what a layer "
            "keeps cannot be told from that"
        )
        # So large a layer that freeing all of it could not hide FP32 arrays (1.25 - 1/3 is above
        # 0.6), and not too large to be sent.
        outputs *= max(1, math.ceil(3 * held / (4 * inputs * outputs)))
        weight, bias = weights_and_bias(submission.rng, inputs, outputs)
        x = np.ones((1, inputs), np.float32)
        fp32 = weight.nbytes + bias.nbytes
        layer, resident = submission.resident_bytes(weight, bias, x)
        # Codes take 25 %, and what loops over Python's numbers leaves in the allocator up to 15 %.
        assert resident < 0.6 * fp32, (
            f"a layer of {fp32:,} bytes still takes over 60 % of them once it is quantized and "
            f"used, and its codes take 25 %: what in the layer keeps {what} as float32?"
        )
        # What keeps nothing is no layer: it still has to know its weights.
        assert relative_error(layer.forward(x, outputs), x @ weight + bias) < 0.1, (
            f"once a layer of {fp32:,} bytes is quantized and used, forward forgets its weights"
        )
    weight, bias = weights_and_bias(submission.rng, 40, 3)
    layer, x = submission.quantized_linear(weight, bias), np.ones((5000, 40), np.float32)
    layer.forward(x[:5], 3)
    kept = submission.kept_bytes(lambda: layer.forward(x, 3))
    assert kept < 0.6 * x.nbytes, (
        f"after forward with an input of {x.nbytes:,} bytes, over 60 % as many stay in use: does "
        "the layer store its input?"
    )


@worth(
    2, "QuantizedLinear",
    test_the_weight_is_kept_as_int8_codes_with_their_scale_and_zero_point,
    test_the_bias_is_kept_as_int8_codes_too,
    test_a_layer_without_bias_works,
)  # fmt: skip
def test_memory_usage_counts_the_bytes_before_and_after(submission):
    for inputs, outputs, has_bias in [(30, 7, True), (5, 3, False), (1, 1, True)]:
        weight, bias = weights_and_bias(submission.rng, inputs + 1, outputs)
        layer = submission.quantized_linear(weight, bias if has_bias else None)
        usage = as_dict(layer.call("memory_usage"), "memory_usage returned")
        parameters = (inputs + 1) * outputs + (outputs if has_bias else 0)
        arrays = 2 if has_bias else 1
        original = as_entry(usage, "original_bytes")
        quantized = as_entry(usage, "quantized_bytes")
        bias_text = "with" if has_bias else "without"
        where = f"for a layer of {inputs + 1} x {outputs} {bias_text} bias"
        assert original == 4 * parameters, (
            f"original_bytes is {original} {where}: count 4 for every weight and every bias"
        )
        assert quantized != parameters, (
            f"quantized_bytes is {quantized} {where}: the scale and the zero point of each array "
            "take bytes too"
        )
        assert quantized == parameters + 8 * arrays, (
            f"quantized_bytes is {quantized} {where}: count 1 for every code, and what a scale and "
            "a zero point take for every array"
        )
        ratio = as_entry(usage, "compression_ratio")
        assert math.isclose(ratio, original / quantized, rel_tol=1e-3), (
            f"compression_ratio is {ratio:.4g} {where}, but {original} bytes became {quantized}"
        )


def as_entry(entries, key):
    """A number in a dict that a submission returned."""
    assert key in entries, f"the dict has no {key!r}, only {', '.join(sorted(entries))}"
    return as_number(entries[key], f"{key} is")


# Exercise 4: calibrate, 15 points


def layer_and_samples(submission, batches, low=-1.3, high=2.9):
    """A layer, and batches of which one holds the lowest and another the highest value."""
    weight, bias = weights_and_bias(submission.rng, 8, 5)
    samples = [submission.rng.uniform(low / 2, high / 2, (6, 8)) for _ in range(batches)]
    return submission.quantized_linear(weight, bias), [x.astype(np.float32) for x in samples]


def input_range(layer):
    """The lowest and highest input that the layer's codes can express."""
    if layer.get("input_scale") is None:
        raise AssertionError("after calibrate, input_scale is still None")
    scale, zero_point = layer.number("input_scale"), layer.number("input_zero_point")
    return (-128 - zero_point) * scale, (127 - zero_point) * scale


def check_range(layer, samples, what, tolerance=1e-4):
    low, high = min(x.min() for x in samples), max(x.max() for x in samples)
    (got_low, got_high), (scale, _) = input_range(layer), grid(low, high)
    exact_zero_point = -128 - min(low, 0.0) / scale
    right_scale = math.isclose(layer.number("input_scale"), scale, rel_tol=tolerance)
    right_zero_point = abs(layer.number("input_zero_point") - exact_zero_point) < 0.51
    assert all([right_scale, right_zero_point]), (
        f"{what}: the inputs range from {low:.4g} to {high:.4g}, but the codes of the layer reach "
        f"from {got_low:.4g} to {got_high:.4g}"
    )


def expect_calibrated(layer, low, high):
    """The layer has a range of that size; how exact it is, is tested elsewhere."""
    got_low, got_high = input_range(layer)
    assert 0.2 < (got_high - got_low) / (high - low) < 5, (
        f"for inputs from {low:.4g} to {high:.4g}, the codes of the layer reach from "
        f"{got_low:.4g} to {got_high:.4g}"
    )


@worth(2, "calibrate")
def test_input_scale_and_input_zero_point_describe_the_range_of_the_inputs(submission):
    layer, samples = layer_and_samples(submission, 1)
    samples[0][:] = random_values(submission.rng, samples[0].shape)
    layer.calibrate(samples)
    check_range(layer, samples, "after one batch")


@worth(2, "calibrate", test_input_scale_and_input_zero_point_describe_the_range_of_the_inputs)
def test_every_batch_counts(submission):
    for first, second in [(0, 4), (4, 0), (2, 3)]:
        layer, samples = layer_and_samples(submission, 5)
        samples[first].flat[3], samples[second].flat[7] = -1.3, 2.9
        layer.calibrate(samples)
        check_range(
            layer,
            samples,
            f"the smallest input is in batch {first + 1} of 5, the largest in batch {second + 1}",
        )


@worth(
    2, "calibrate",
    test_input_scale_and_input_zero_point_describe_the_range_of_the_inputs,
    test_every_batch_counts,
)  # fmt: skip
def test_every_sample_counts_however_many_there_are(submission):
    """Every sample counts, however many there are"""
    layer, samples = layer_and_samples(submission, 150)
    samples[140].flat[-1] = -1.3
    samples.append(submission.rng.uniform(-0.5, 1, (3000, 8)).astype(np.float32))
    samples[-1][2900, 6] = 2.9
    layer.calibrate(samples)
    check_range(layer, samples, "the extremes are in batch 141 and in row 2,901 of batch 151")


@worth(2, "calibrate", test_input_scale_and_input_zero_point_describe_the_range_of_the_inputs)
def test_the_calibrated_range_holds_zero(submission):
    for low, high in [(5.0, 9.0), (-9.0, -5.0)]:
        layer, samples = layer_and_samples(submission, 1, 2 * low, 2 * high)
        layer.calibrate(samples)
        got_low, got_high = input_range(layer)
        step = layer.number("input_scale")
        assert got_low < 0.6 * step, f"zero lies below the range, {got_low:.4g} to {got_high:.4g}"
        assert got_high > -0.6 * step, f"zero lies above the range, {got_low:.4g} to {got_high:.4g}"
        check_range(layer, samples, "all inputs are on one side of zero")


@worth(1, "calibrate", test_input_scale_and_input_zero_point_describe_the_range_of_the_inputs)
def test_the_samples_stay_as_they_were_and_are_not_kept(submission):
    """The samples stay as they were, and are not kept"""
    weight, bias = weights_and_bias(submission.rng, 400, 2)
    batches = [submission.rng.uniform(-1, 2, (250, 400)).astype(np.float32) for _ in range(2)]
    layer = submission.quantized_linear(weight, bias)
    first = [batches[0][:2], batches[1][:2]]
    given = submission.shared_list(first)
    layer.call("calibrate", given.reference)
    expect_calibrated(layer, -1, 2)
    assert given.holds(first), (
        "after calibrate, the list of samples is another one: leave the list and its Tensors as "
        "they are (pop, remove, sort and in-place arithmetic change them)"
    )
    size = sum(batch.nbytes for batch in batches)
    kept = submission.kept_bytes(lambda: layer.calibrate(batches))
    assert kept < 0.6 * size, (
        f"after calibrate with samples of {size:,} bytes, over 60 % as many stay in use: the range "
        "is all that the layer needs; what stores the samples?"
    )


@worth(1, "calibrate", test_input_scale_and_input_zero_point_describe_the_range_of_the_inputs)
def test_quantize_input_returns_the_values_of_the_codes_as_a_tensor(submission):
    """quantize_input returns the values of the codes as a Tensor"""
    rng = submission.rng
    layer = submission.quantized_linear(*weights_and_bias(rng, 6, 4))
    low, high = -20.0, 31.3
    layer.calibrate([np.array([[low, high, 0, 1, 2, 3]], np.float32)])
    expect_calibrated(layer, low, high)
    if not layer.has("quantize_input"):
        return  # forward does its work
    x = np.float32(off_half_way(rng.uniform(1.5 * low, 1.5 * high, (50, 6)), low, high))
    returned = layer.call("quantize_input", tensor(x))
    values = as_array(returned, "quantize_input returned", x.shape)
    assert values.dtype == np.float32, (
        f"quantize_input returned a Tensor of {values.dtype}: float32 values are expected, those "
        "that the codes stand for"
    )
    scale, zero_point = grid(low, high)
    codes = np.rint(on_grid(x, low, high) / scale) + zero_point
    assert not same(values, codes, 0.05), (
        "quantize_input returned the codes themselves: restore the values that they stand for, "
        "with input_scale and input_zero_point"
    )
    assert not same(values, x, 1e-5), (
        "calibration changes nothing: quantize_input returns its input as it is, and nothing reads "
        "input_scale"
    )
    assert not same(values, np.clip(x, *bounds(on_grid(x, low, high))), 1e-5), (
        "quantize_input clips its input to the calibrated range and does not round it: values "
        "between two codes cannot be expressed"
    )
    inside = (x > low) & (x < high)
    assert follows(values[inside], x[inside]), (
        "quantize_input should return larger values for larger inputs"
    )


def rounded_like_the_weights(submission, x, low, high):
    """Values inside a range as the submission's own quantize_int8 rounds them in that range."""
    quantized = submission.quantize_int8(np.append(x.ravel(), [low, high]))
    return quantized.restored()[:-2].reshape(x.shape)


@worth(
    2, "calibrate",
    test_input_scale_and_input_zero_point_describe_the_range_of_the_inputs,
    test_quantize_input_returns_the_values_of_the_codes_as_a_tensor,
)  # fmt: skip
def test_a_calibrated_layer_rounds_its_inputs_to_their_codes(submission):
    rng = submission.rng
    weight, bias = weights_and_bias(rng, 16, 6)
    layer, plain = (submission.quantized_linear(weight, bias) for _ in range(2))
    # What has no range yet cannot round: a layer that is not calibrated lets its input through, so
    # the outputs for a sum are the sum of outputs, whatever its weight and bias became.
    first, second = (rng.normal(size=(3, 16)).astype(np.float32) for _ in range(2))
    nothing = np.zeros_like(first)
    apart = plain.forward(first, 6) + plain.forward(second, 6) - plain.forward(nothing, 6)
    assert same(plain.forward(first + second, 6), apart), (
        "forward rounds inputs before there was any calibration; what does input_scale hold then?"
    )
    # A wide range makes steps that no one can overlook.
    low, high = -20.0, 31.3
    layer.calibrate([np.array([[low] * 8 + [high] * 8], np.float32)])
    # Half as wide, so that the range of these inputs is not the calibrated one.
    x = random_values(rng, (5, 16), -10.0, 15.6)
    x = np.where(rng.random(x.shape) < 0.5, on_grid(x, low, high) + 0.08, x * 0.1)
    x = np.float32(off_half_way(x, low, high))
    y = layer.forward(x, 6)
    right = plain.forward(np.float32(on_grid(x, low, high)), 6)
    own_scale, own_zero_point = grid(*bounds(x))
    own_codes, (scale, zero_point) = on_grid(x, *bounds(x)) / own_scale, grid(low, high)
    mixed = {
        "are restored with the calibrated scale": own_codes * scale,
        "are restored with the calibrated scale and zero point": scale
        * (own_codes + own_zero_point - zero_point),
    }
    mistakes = {
        "calibration changes nothing in what forward computes: nothing reads input_scale, or "
        "forward does not call quantize_input": x,
        "inputs are quantized with a range of their own, not with the calibrated one": on_grid(
            x, *bounds(x)
        ),
        **{f"codes of the input's own range {name}": values for name, values in mixed.items()},
    }
    unchanged = same(y, plain.forward(x, 6), 1e-5)
    clipped = plain.forward(np.clip(4 * x, low, high), 6)
    assert not unchanged or not same(layer.forward(4 * x, 6), clipped, 0.01), (
        "inputs are clipped to the calibrated range, and not rounded: values between two codes "
        "cannot be expressed"
    )
    for mistake, inputs in mistakes.items():
        assert not same(y, plain.forward(np.float32(inputs), 6), 1e-5), mistake
    # Rounded as quantize_int8 rounds, if that is not to the nearest: a mistake costs points once.
    if not same(y, right, 1e-4):
        right = plain.forward(np.float32(rounded_like_the_weights(submission, x, low, high)), 6)
    down = on_grid(x - 0.4999 * grid(low, high)[0], low, high)
    assert same(y, right, 1e-4) or not same(y, plain.forward(np.float32(down), 6), 1e-5), (
        "inputs are rounded down, where the nearest code is wanted"
    )
    codes = np.float32(np.rint(on_grid(x, low, high) / scale) + zero_point)
    assert not same(y, plain.forward(codes, 6), 0.01), (
        "forward multiplies the codes of the input by the weight: the values that the codes stand "
        "for are expected"
    )
    assert same(y, right, 1e-4), (
        f"the output differs by {relative_error(y, right):.1%} of its size from what the values "
        "give that the input's codes stand for"
    )
    given = submission.shared_tensor(x)
    layer.call("forward", given.reference)
    changed = (
        "forward has changed the input that it was given: compute with new arrays, not in place"
    )
    assert np.array_equal(given.values(), x), changed
    assert same(layer.call("forward", given.reference).data, right), changed


@worth(
    2, "calibrate",
    test_input_scale_and_input_zero_point_describe_the_range_of_the_inputs,
    test_quantize_input_returns_the_values_of_the_codes_as_a_tensor,
    test_a_calibrated_layer_rounds_its_inputs_to_their_codes,
)  # fmt: skip
def test_inputs_beyond_the_calibrated_range_saturate(submission):
    weight, bias = weights_and_bias(submission.rng, 4, 3)
    layer = submission.quantized_linear(weight, bias)
    layer.calibrate([np.array([[-1.0, 0.0, 0.5, 3.1]], np.float32)])
    x = np.array([[5.0, -4.0, 0.0, 100.0]], np.float32)
    plain = submission.quantized_linear(weight, bias)
    y, right = layer.forward(x, 3), plain.forward(np.float32(on_grid(x, -1.0, 3.1)), 3)
    scale, zero_point = grid(-1.0, 3.1)
    steps = np.rint(x / scale)
    clipped = np.clip(steps, -128, 127)
    wrapped = (clipped + zero_point).astype(np.int64).astype(np.int8).astype(np.float64)
    assert not same(y, plain.forward(np.float32(steps * scale), 3), 1e-3), (
        "inputs beyond the calibrated range do not saturate: int8 has no codes for them"
    )
    for values in (clipped, wrapped - zero_point):
        assert not same(y, plain.forward(np.float32(values * scale), 3), 1e-3), (
            "inputs are clipped to -128 and 127 before the zero point is added: codes beyond int8 "
            "come after that. Clip last"
        )
    if not same(y, right, 1e-3):
        x = np.clip(x, -1.0, 3.1)
        right = plain.forward(np.float32(rounded_like_the_weights(submission, x, -1.0, 3.1)), 3)
    assert same(y, right, 1e-3), (
        "inputs beyond the calibrated range should saturate at its ends; do their codes wrap "
        "around instead?"
    )


@worth(1, "calibrate", test_input_scale_and_input_zero_point_describe_the_range_of_the_inputs)
def test_no_samples_are_an_error_that_leaves_the_layer_as_it_was(submission):
    """No samples are an error, which leaves the layer as it was"""
    other, samples = layer_and_samples(submission, 1)
    other.calibrate(samples)  # these are no error
    expect_calibrated(other, *bounds(samples[0]))
    layer, _ = layer_and_samples(submission, 1)
    kind = submission.error_of(lambda: layer.calibrate([]))
    assert kind == "ValueError", "calibrate([]) should raise a ValueError, but " + (
        "nothing was raised" if kind is None else f"a {kind} was raised"
    )
    assert layer.get("input_scale") is None, "calibrate([]) changed input_scale"


# Exercise 5: quantize_model, 15 points


def network(submission, *sizes):
    """A Sequential of Linear and ReLU by turns, and its weights and biases."""
    rng = submission.rng
    parameters = [weights_and_bias(rng, *pair) for pair in itertools.pairwise(sizes)]
    layers = [layer for pair in parameters for layer in (pair, "relu")][:-1]
    return submission.sequential(*layers), parameters


def batches_for(submission, features, count=3):
    rng = submission.rng
    return [rng.normal(0.3, 1, (16, features)).astype(np.float32) for _ in range(count)]


def layer_inputs(parameters, batches):
    """The inputs of every Linear, with the FP32 weights; float32 as in the library."""
    x, inputs = np.concatenate(batches), []
    for weight, bias in parameters:
        inputs.append(x)
        x = relu(x @ weight + bias)
    return inputs


def linears(model):
    return [layer for layer in model.layers() if layer.type != "ReLU"]


def expect_codes(layer, name):
    assert layer.has_codes(), (
        f"{name} is a {layer.type} whose weight is not stored as int8 codes: it was not replaced "
        "in the model that was given (what quantize_model returns does not count)"
    )


@worth(2, "quantize_model")
def test_every_linear_layer_is_replaced_in_place_and_nothing_else(submission):
    """Every Linear layer is replaced in place, and nothing else"""
    model, _ = network(submission, 9, 8, 7, 6)
    before = model.layers()
    submission.quantize_model(model)
    after = model.layers()
    assert len(after) == len(before), (
        f"the model had {len(before)} layers, and has {len(after)} now"
    )
    for position, (old, new) in enumerate(zip(before, after, strict=True)):
        if old.type == "ReLU":
            now = "another ReLU" if new.type == "ReLU" else f"a {new.type}"
            assert old == new, f"layer {position}, a ReLU, should stay; it is {now} now"
        else:
            expect_codes(new, f"layer {position}")


@worth(2, "quantize_model", test_every_linear_layer_is_replaced_in_place_and_nothing_else)
def test_layers_inside_a_nested_sequential_are_replaced_too(submission):
    rng = submission.rng
    inner_most = submission.sequential(weights_and_bias(rng, 6, 5), "relu")
    inner = submission.sequential("relu", weights_and_bias(rng, 7, 6), inner_most)
    model = submission.sequential(weights_and_bias(rng, 8, 7), inner, weights_and_bias(rng, 5, 3))
    submission.quantize_model(model)
    layers = model.layers()
    assert layers[1].type == "Sequential", f"the inner Sequential became a {layers[1].type}"
    expect_codes(layers[0], "layer 0")
    expect_codes(layers[1].layers()[1], "layer 1 inside the nested Sequential")
    expect_codes(layers[1].layers()[2].layers()[0], "the layer in a Sequential two levels down")


@worth(2, "quantize_model", test_every_linear_layer_is_replaced_in_place_and_nothing_else)
def test_the_model_computes_with_the_quantized_weights(submission):
    model, parameters = network(submission, 10, 12, 4)
    (x,) = batches_for(submission, 10, 1)
    submission.quantize_model(model)
    (first, first_bias), (second, second_bias) = parameters
    hidden = relu(x @ restored(first) + restored(first_bias))
    right = hidden @ restored(second) + restored(second_bias)
    assert same(model.forward(x, 4), right), (
        "without calibration data, the model's output is not what the quantized weights give"
    )


@worth(3, "quantize_model", test_every_linear_layer_is_replaced_in_place_and_nothing_else)
def test_every_layer_is_calibrated_with_its_own_inputs_in_the_fp32_model(submission):
    # Layers of one size, so that inputs of the wrong layer fit and are noticed by their range.
    model, parameters = network(submission, 10, 10, 10, 10)
    batches = batches_for(submission, 10)
    batches[1] *= 2  # neither the first nor the last batch has the widest range
    submission.quantize_model(model, batches)
    inputs = layer_inputs(parameters, batches)
    for number, (layer, x) in enumerate(zip(linears(model), inputs, strict=True)):
        expect_codes(layer, f"Linear {number}")
        assert layer.get("input_scale") is not None, (
            f"there was calibration data, but Linear {number} has input_scale None"
        )
        got, right = layer.number("input_scale"), grid(*bounds(x))[0]
        close_to_raw = math.isclose(got, grid(*bounds(inputs[0]))[0], rel_tol=1e-4)
        assert number == 0 or not close_to_raw or math.isclose(got, right, rel_tol=1e-4), (
            f"Linear {number} was calibrated with the inputs of the model, not with its own"
        )
        assert (
            number == 0 or math.isclose(got, right, rel_tol=1e-4) or abs(got / right - 1) > 0.1
        ), (
            f"Linear {number} has input scale {got:.6g} where its inputs in the FP32 model need "
            f"{right:.6g}: were its inputs computed by layers that are quantized already?"
        )
        alone = [grid(*bounds(part))[0] for part in np.split(x, len(batches))]
        which = [place + 1 for place, s in enumerate(alone) if math.isclose(got, s, rel_tol=1e-4)]
        assert math.isclose(got, right, rel_tol=1e-4) or not which, (
            f"Linear {number} was calibrated with batch {which[0]} of {len(batches)} alone: all "
            "batches count"
        )
        assert math.isclose(got, right, rel_tol=1e-4), (
            f"Linear {number} has input scale {got:.6g}, but its inputs range from "
            f"{x.min():.4g} to {x.max():.4g}"
        )


@worth(
    1, "quantize_model",
    test_every_linear_layer_is_replaced_in_place_and_nothing_else,
    test_every_layer_is_calibrated_with_its_own_inputs_in_the_fp32_model,
)  # fmt: skip
def test_every_calibration_batch_counts(submission):
    model, parameters = network(submission, 6, 7, 3)
    batches = batches_for(submission, 6, 12)
    batches[0][0, 0], batches[9][5, 3] = -7.0, 11.0
    submission.quantize_model(model, batches)
    for number, (layer, x) in enumerate(
        zip(linears(model), layer_inputs(parameters, batches), strict=True)
    ):
        # The inputs of later ones may come from layers that are quantized already: a mistake, which
        # costs points in another row.
        tolerance = 0.03 if number else 1e-4
        check_range(layer, [x], f"Linear {number} saw 12 batches", tolerance)


@worth(
    1, "quantize_model",
    test_every_linear_layer_is_replaced_in_place_and_nothing_else,
    test_every_layer_is_calibrated_with_its_own_inputs_in_the_fp32_model,
)  # fmt: skip
def test_a_layer_that_appears_twice_becomes_one_layer_that_saw_both_inputs(submission):
    rng = submission.rng
    weight, bias = weights_and_bias(rng, 6, 6)
    shared = submission.sequential((weight * 3, bias)).layers()[0]
    model = submission.sequential(shared, "relu", shared)
    batches = batches_for(submission, 6, 1)
    submission.quantize_model(model, batches)
    layers = model.layers()
    assert len(layers) == 3, f"the model had 3 layers, and has {len(layers)} now"
    first, _, second = layers
    expect_codes(first, "layer 0")
    assert first == second, "a layer that appears twice became two layers: twice the bytes"
    x = np.concatenate(batches)
    check_range(first, [x, relu(x @ (weight * 3) + bias)], "the layer appears twice")


@worth(1, "quantize_model")
def test_an_error_leaves_the_model_as_it_was(submission):
    model, _ = network(submission, 8, 7, 6)
    before = model.layers()
    good, bad = batches_for(submission, 8, 1), batches_for(submission, 5, 1)
    other, _ = network(submission, 8, 7, 6)
    submission.quantize_model(other, good)
    expect_codes(other.layers()[0], "layer 0")
    kind = submission.error_of(lambda: submission.quantize_model(model, [*good, *bad]))
    assert kind is not None, "a calibration batch with 5 features instead of 8 raised no error"
    assert model.layers() == before, (
        f"quantize_model raised a {kind} because of a bad batch, and left a model that is half "
        "quantized: change nothing before everything is known"
    )
    rng = submission.rng
    last, last_bias = weights_and_bias(rng, 7, 3)
    last[2, 1] = np.nan
    broken = submission.sequential(weights_and_bias(rng, 8, 7), "relu", (last, last_bias))
    before = broken.layers()
    kind = submission.error_of(lambda: submission.quantize_model(broken))
    assert kind is not None, "a weight that is NaN raised no error; quantize_int8 should refuse it"
    assert broken.layers() == before, (
        f"quantize_model raised a {kind} because of a NaN in the last layer's weight, and left a "
        "model that is half quantized: change nothing before everything is known"
    )


@worth(1, "quantize_model")
def test_an_empty_list_of_calibration_data_is_refused(submission):
    """An empty list of calibration data is refused"""
    model, _ = network(submission, 8, 7, 6)
    before = model.layers()
    other, _ = network(submission, 8, 7, 6)
    submission.quantize_model(other, batches_for(submission, 8, 1))  # this is none
    expect_codes(other.layers()[0], "layer 0")
    kind = submission.error_of(lambda: submission.quantize_model(model, []))
    assert kind == "ValueError", (
        "quantize_model(model, []) should raise a ValueError, but "
        + ("nothing was raised" if kind is None else f"a {kind} was raised")
        + ": an empty list is not None, and `if calibration_data:` does not tell them apart"
    )
    assert model.layers() == before, (
        "quantize_model(model, []) raised a ValueError and left a model that is half quantized"
    )


@worth(1, "quantize_model", test_every_linear_layer_is_replaced_in_place_and_nothing_else)
def test_the_calibration_data_stay_as_they_were_and_are_not_kept(submission):
    """The calibration data stay as they were, and are not kept"""
    batches = [submission.rng.normal(0.3, 1, (500, 400)).astype(np.float32)]
    small = [batches[0][:3], batches[0][3:6]]
    model, _ = network(submission, 400, 10, 5)
    given = submission.shared_list(small)
    submission.call("quantize_model", model.reference, given.reference)
    expect_codes(model.layers()[0], "layer 0")
    assert given.holds(small), (
        "after quantize_model, the list of calibration data is another one: leave the list and "
        "its Tensors as they are (pop, remove and in-place arithmetic change them)"
    )
    model, _ = network(submission, 400, 10, 5)
    kept = submission.kept_bytes(lambda: submission.quantize_model(model, batches))
    size = batches[0].nbytes
    assert kept < 0.6 * size, (
        f"after quantize_model with {size:,} bytes of calibration data, over 60 % as many stay in "
        "use: what stores the inputs of the layers?"
    )


@functools.cache
def fp32_accuracy(images):
    """The fraction of the first held-out images that the FP32 network reads rightly."""
    digits = load_digits()
    return accuracy(load_digits_model(), digits.test_images[:images], digits.test_labels[:images])


@worth(
    1, "quantize_model",
    test_the_model_computes_with_the_quantized_weights,
    test_every_layer_is_calibrated_with_its_own_inputs_in_the_fp32_model,
    test_every_calibration_batch_counts,
)  # fmt: skip
def test_the_digit_network_keeps_its_predictions(submission):
    digits, trained = load_digits(), load_digits_model()
    parts = [
        (layer.weight.data, layer.bias.data) if hasattr(layer, "weight") else "relu"
        for layer in trained.layers
    ]
    model = submission.sequential(*parts)
    submission.quantize_model(model, [digits.train_images.data[:100]])
    images, labels = digits.test_images[:200], digits.test_labels[:200]
    outputs = model.forward(images.data, 10)
    expect_codes(model.layers()[0], "layer 0")
    right = np.mean(outputs.argmax(axis=1) == labels)
    before = fp32_accuracy(200)
    assert right > before - 0.02, (
        f"accuracy on the digits fell from {before:.1%} to {right:.1%}; INT8 should hardly cost any"
    )


# Exercise 6: analyze_model_sizes, 5 points


def model_pair(submission, nested=False):
    """The same model twice, once quantized, and its numbers of parameters and arrays."""
    rng = submission.rng
    sizes = [int(size) for size in rng.integers(4, 30, 3)]
    parameters = [weights_and_bias(rng, *pair) for pair in itertools.pairwise(sizes)]

    def built(layer):
        first, second = (layer(*pair) for pair in parameters)
        return submission.sequential(
            first, "relu", submission.sequential(second) if nested else second
        )

    original, quantized = built(lambda *pair: pair), built(submission.quantized_linear)
    return original, quantized, sum(w.size + b.size for w, b in parameters), 4


@worth(2, "analyze_model_sizes")
def test_parameters_and_bytes_are_counted_before_and_after(submission):
    for nested in (False, True):
        original, quantized, parameters, arrays = model_pair(submission, nested)
        sizes = submission.analyze_model_sizes(original, quantized)
        # A mistake in both models is seen in the first, which has no Sequential inside.
        where = "in a Sequential inside the model too" if nested else "weights as well as biases"
        for key in ("original_params", "quantized_params"):
            count = as_entry(sizes, key)
            assert count == parameters, (
                f"{key} is {count} for a model of {parameters} parameters: count all of them, "
                f"{where}"
            )
        got, fp32 = as_entry(sizes, "original_bytes"), 4 * parameters
        assert got != fp32 + 8 * arrays, (
            f"original_bytes is {got} for {parameters} float32 parameters in {arrays} arrays: "
            "float32 arrays have no scale and no zero point"
        )
        assert got == fp32, (
            f"original_bytes is {got} for {parameters} float32 parameters: 4 bytes for each, "
            f"{where}"
        )
        got = as_entry(sizes, "quantized_bytes")
        assert got != parameters, (
            f"quantized_bytes is {got}: {arrays} arrays have a scale and a zero point each"
        )
        assert got == parameters + 8 * arrays, (
            f"quantized_bytes is {got} for {parameters} int8 codes in {arrays} arrays: 1 byte for "
            f"each code and 8 for each array, {where}"
        )


@worth(1, "analyze_model_sizes", test_parameters_and_bytes_are_counted_before_and_after)
def test_the_ratio_follows_from_the_bytes(submission):
    original, quantized, parameters, arrays = model_pair(submission)
    sizes = submission.analyze_model_sizes(original, quantized)
    ratio, right = as_entry(sizes, "compression_ratio"), 4 * parameters / (parameters + 8 * arrays)
    assert math.isclose(ratio, right, rel_tol=1e-3), (
        f"compression_ratio is {ratio:.4g} where {4 * parameters} bytes became "
        f"{parameters + 8 * arrays}"
    )


@worth(1, "analyze_model_sizes", test_parameters_and_bytes_are_counted_before_and_after)
def test_the_memory_saved_follows_from_the_bytes(submission):
    original, quantized, parameters, arrays = model_pair(submission)
    sizes = submission.analyze_model_sizes(original, quantized)
    saved = 3 * parameters - 8 * arrays
    megabytes = as_entry(sizes, "memory_saved_mb")
    assert megabytes > 0, (
        f"memory_saved_mb is {megabytes:.6g} where {saved} bytes are saved: what is saved is "
        "positive, the bytes before less those after"
    )
    assert math.isclose(megabytes, saved / 1e6, rel_tol=1e-3), (
        f"memory_saved_mb is {megabytes:.6g} where {saved} bytes are saved; 1 MB is 10**6 bytes"
    )
    percent = as_entry(sizes, "memory_saved_percent")
    assert math.isclose(percent, 100 * saved / (4 * parameters), rel_tol=1e-3), (
        f"memory_saved_percent is {percent:.4g} where {saved} of {4 * parameters} bytes are saved"
    )


@worth(1, "analyze_model_sizes", test_parameters_and_bytes_are_counted_before_and_after)
def test_a_model_that_was_not_quantized_saves_nothing(submission):
    original, _, parameters, arrays = model_pair(submission)
    sizes = submission.analyze_model_sizes(original, original)
    got = as_entry(sizes, "quantized_bytes")
    assert got != 4 * parameters + 8 * arrays, (
        f"quantized_bytes is {got} for a model that is still float32 ({4 * parameters} bytes): "
        "float32 arrays have no scale and no zero point, so only codes take 8 bytes more"
    )
    assert got == 4 * parameters, (
        f"quantized_bytes is {got} for a model that is still float32 ({4 * parameters} bytes): "
        "count the bytes that are there, whatever their dtype"
    )
    assert as_entry(sizes, "memory_saved_percent") == 0, (
        "a model compared with itself saves nothing"
    )


# Bonus exercise: integers, no points


def codes_like(rng, shape, size=128):
    return rng.integers(-size, size, shape).astype(np.int8)


@worth(0, "integers")
def test_the_bias_gets_int32_codes_with_the_scale_of_the_sums(submission):
    for scale in (0.003, 0.00004):
        steps = submission.rng.integers(-9000, 9000, 7) + submission.rng.uniform(-0.4, 0.4, 7)
        steps[:2] = -9000, 7000
        codes = submission.quantize_bias(np.float32(steps * scale), scale)
        assert codes.dtype == np.int32, (
            f"the codes of the bias have dtype {codes.dtype}; sums of products of int8 codes are "
            "int32, and so is what is added to them"
        )
        wrong = int(np.argmax(np.abs(codes - steps)))
        assert np.abs(codes - steps).max() < 0.51, (
            f"a bias of {steps[wrong]:.2f} steps of the scale {scale:g} got code {codes[wrong]}: "
            "the code is the bias in steps of the scale, rounded to the nearest, with zero point 0"
        )


def expect_outputs(submission, q_x, x_zero, q_weight, weight_zero, q_bias, multiplier, y_zero):
    """The codes are the nearest ones, but half-way cases, which may go either way."""
    got = submission.integer_linear(q_x, x_zero, q_weight, weight_zero, q_bias, multiplier, y_zero)
    assert got.dtype == np.int8, f"the outputs have dtype {got.dtype}; int8 codes are expected"
    x, weight = q_x.astype(np.int64), q_weight.astype(np.int64)

    def outputs(sums):
        return np.clip(sums * multiplier + y_zero, -128, 127)

    exact = outputs((x - x_zero) @ (weight - weight_zero) + q_bias)
    if np.abs(got - exact).max() < 0.51:
        return
    mistakes = {
        "the zero points of input and weight are not subtracted": outputs(x @ weight + q_bias),
        "the zero point of the input is not subtracted": outputs(
            x @ (weight - weight_zero) + q_bias
        ),
        "the zero point of the weight is not subtracted": outputs((x - x_zero) @ weight + q_bias),
        "the bias is not added": outputs((x - x_zero) @ (weight - weight_zero)),
        "the zero point of the output is not added": exact - y_zero,
    }
    for mistake, wrong in mistakes.items():
        assert np.abs(got - np.clip(wrong, -128, 127)).max() >= 0.51, f"it seems that {mistake}"
    row, column = np.unravel_index(np.argmax(np.abs(got - exact)), got.shape)
    raise AssertionError(
        f"an output has code {got[row, column]}, where multiplier * sum + zero point is "
        f"{exact[row, column]:.2f}: what is not int32 when it is multiplied and added up wraps "
        "around, and the zero point comes after the multiplier"
    )


@worth(0, "integers")
def test_the_outputs_are_the_nearest_codes_of_the_sums(submission):
    rng = submission.rng
    # All zero points count in the first case, so that each that is forgotten is told from others.
    for x_zero, weight_zero, y_zero in [(-20, 13, -9), (-128, 0, -30), (0, 0, 0)]:
        q_x, q_weight = codes_like(rng, (6, 30), 60), codes_like(rng, (30, 5), 60)
        q_bias = rng.integers(-3000, 3000, 5).astype(np.int32)
        sums = (q_x.astype(int) - x_zero) @ (q_weight.astype(int) - weight_zero) + q_bias
        multiplier = 70 / np.abs(sums).max()
        expect_outputs(submission, q_x, x_zero, q_weight, weight_zero, q_bias, multiplier, y_zero)


@worth(0, "integers", test_the_outputs_are_the_nearest_codes_of_the_sums)
def test_the_sums_do_not_wrap_and_are_exact(submission):
    """The sums do not wrap, and are exact"""
    # Sums beyond 2**24, which float32 rounds; the bias takes them back to what a code can hold.
    q_x = np.full((2, 2100), 127, np.int8)
    q_weight = np.full((2100, 3), 127, np.int8)
    q_weight[0] = [126, 125, 124]
    sums = q_x[0].astype(np.int64) @ q_weight.astype(np.int64)
    small = submission.rng.integers(-100, 100, 3)
    got = submission.integer_linear(q_x, 0, q_weight, 0, np.int32(small - sums), 1.0, 0)
    assert not 0 < np.abs(got - small).max() < 50, (
        f"a sum is a little off where it passes through {sums[0]:,}: float32 holds integers up to "
        "2**24 = 16,777,216 exactly, int32 up to 2,147,483,647"
    )
    assert np.array_equal(got[0], small), (
        f"the code {got[0, 0]} came where {small[0]} was expected, for sums of 2,100 products of "
        "127 and 127: in which dtype are they added up?"
    )


@worth(0, "integers", test_the_outputs_are_the_nearest_codes_of_the_sums)
def test_outputs_beyond_the_codes_saturate(submission):
    """Outputs beyond the codes saturate"""
    q_x, q_weight = codes_like(submission.rng, (9, 40)), codes_like(submission.rng, (40, 6))
    q_bias = np.zeros(6, np.int32)
    sums = q_x.astype(int) @ q_weight.astype(int)
    multiplier = 600 / np.abs(sums).max()
    got = submission.integer_linear(q_x, 0, q_weight, 0, q_bias, multiplier, -128)
    exact = sums * multiplier - 128
    error = np.abs(got - np.clip(exact, -128, 127))
    row, column = np.unravel_index(np.argmax(error), exact.shape)
    assert error.max() < 0.51, (
        f"an output of {exact[row, column]:.0f} got code {got[row, column]}: it should get the "
        "nearest code that there is. (With zero point -128 that is a ReLU for free.)"
    )


# Check your understanding, 10 points


def about(value, right, tolerance=0.01):
    return math.isclose(value, right, rel_tol=tolerance)


def other_unit(got, right):
    """What to say of an answer that is a power of 1,000 off, as MB are in place of bytes."""
    factors = {1e-9: "a billionth of", 1e-6: "a millionth of", 1e-3: "a thousandth of"}
    factors |= {1e3: "a thousand times", 1e6: "a million times", 1e9: "a billion times"}
    for factor, words in factors.items():
        if about(got, right * factor, 0.05):
            return f". It is about {words} what it should be: look at the units"
    return ""


def explain(submission, sentences, right=None):
    """Fail with what is wrong with each of some answers.

    Args:
        sentences: for each name, a function from its value to a sentence, or None if it is right.
        right: what is right for FP32 and for INT8, where answers may have changed places.
    """
    wrong, missing, got = [], [], []
    for name, sentence_for in sentences.items():
        try:
            got.append(submission.number(name))
            wrong.append(sentence_for(got[-1]))
        except NotAttemptedError as error:
            missing.append(error)
        except CheckError as error:
            wrong.append(str(error))
    if len(missing) == len(sentences):
        raise missing[0]
    assert not right or len(got) != 2 or not all(map(about, got, reversed(right))), (
        f"{' and '.join(sentences)} have changed places"
    )
    found = [*filter(None, wrong), *map(str, missing)]
    ended = [each if each.endswith("?") else f"{each}." for each in found[:-1]]
    assert not found, " Also: ".join([*ended, *found[-1:]])


@worth(2, "questions")
def test_question_1_bytes_of_a_model(submission):
    """Question 1: the bytes of a model"""
    shapes = ((784, 256), (256, 128), (128, 10))
    parameters = sum(rows * columns + columns for rows, columns in shapes)
    without = sum(rows * columns for rows, columns in shapes)

    def of_fp32(got):
        if got == 4 * without:
            return "q1_fp32_bytes counts the weights alone; count the biases too"
        if not about(got, 4 * parameters, 1e-5):
            return (
                f"q1_fp32_bytes is {got:g}: each layer has in x out weights and out biases, and "
                "every parameter takes 4 bytes"
                f"{other_unit(got, 4 * parameters)}"
            )

    def of_int8(got):
        if not about(got, parameters, 3e-4):
            return (
                f"q1_int8_bytes is {got:g}: it counts the same weights and biases, 1 byte each"
                f"{other_unit(got, parameters)}"
            )

    sentences = {"q1_fp32_bytes": of_fp32, "q1_int8_bytes": of_int8}
    explain(submission, sentences, (4 * parameters, parameters))


@worth(2, "questions")
def test_question_2_error_and_signal_to_noise_ratio(submission):
    """Question 2: error and signal-to-noise ratio"""
    scale = 1 / 255
    right = 10 * math.log10((1 / 12) / (scale**2 / 12))

    def of_error(got):
        if about(got, scale):
            return "q2_max_error is a whole step; how far is the nearest code?"
        if not about(got, scale / 2):
            return (
                f"q2_max_error is {got:g}: divide the width of the range by the number of steps "
                "first"
            )

    def of_decibels(got):
        if about(got, right / 2, 0.02):
            return (
                "q2_snr_db is half of what it should be: the ratio of powers takes 10 log10, that "
                "of amplitudes 20 log10"
            )
        if abs(got - right) >= 0.3:
            return (
                f"q2_snr_db is {got:g}: compare the variance of the values, 1/12, with that of "
                "the error, s**2/12, in decibels"
            )

    explain(submission, {"q2_max_error": of_error, "q2_snr_db": of_decibels})


@worth(2, "questions")
def test_question_3_calibration_strategy(submission):
    """Question 3: calibration strategy"""

    def of_images(got):
        if not 20 <= got <= 1000:
            return (
                f"q3_images is {got:g}: look where the curve of saturation levels off for all "
                "draws, and what more images would gain after that"
            )

    def of_coarser(got):
        if not about(got, 10):
            return f"q3_coarser is {got:g}: the scale of min/max calibration grows like the range"

    explain(submission, {"q3_images": of_images, "q3_coarser": of_coarser})


@worth(2, "questions")
def test_question_4_loading_time(submission):
    """Question 4: loading time"""

    def of_seconds(name, right):
        return lambda got: (
            None if about(got, right)
            else f"{name} is {got:g}: bytes of all parameters, divided by bytes per second"
            f"{other_unit(got, right)}"
        )  # fmt: skip

    right = {"q4_fp32_seconds": 0.8, "q4_int8_seconds": 0.2}
    sentences = {name: of_seconds(name, value) for name, value in right.items()}
    explain(submission, sentences, (0.8, 0.2))


@worth(2, "questions")
def test_question_5_values_in_a_register(submission):
    """Question 5: values in a register"""

    def of_values(name, right):
        def sentence_for(got):
            if about(got, 8 * right):
                return f"{name} is {got:g}: 512 are the bits, not the bytes"
            if not about(got, right):
                return f"{name} is {got:g}: how many bits does one value take?"

        return sentence_for

    right = {"q5_fp32_values": 512 // 32, "q5_int8_values": 512 // 8}
    sentences = {name: of_values(name, value) for name, value in right.items()}
    explain(submission, sentences, tuple(right.values()))
