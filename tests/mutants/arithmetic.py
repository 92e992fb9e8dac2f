"""Mistakes in choose_qparams, quantize_int8 and dequantize_int8."""

import numpy as np
import textbook

from mutants import mutant, replace
from tinytorch import Tensor
from tinytorch.perf.quantization import affine


def replace_codes(codes):
    """Let quantize_array compute float codes(values, scale, zero_point), then saturate them."""

    def quantize_array(values, scale, zero_point, bounds):
        return np.clip(codes(values, np.float32(scale), zero_point), -128, 127).astype(np.int8)

    replace("perf.quantization.affine", "quantize_array", quantize_array)


@mutant("test_codes_round_to_the_nearest_and_not_down")
def floor_for_round():
    replace_codes(lambda x, scale, zero_point: np.floor(x / scale) + zero_point)


@mutant("test_half_grid_values_round_to_even_before_the_zero_point_is_added")
def zero_point_added_before_rounding():
    replace_codes(lambda x, scale, zero_point: np.rint(x / scale + zero_point))


@mutant("test_half_grid_values_round_to_even_before_the_zero_point_is_added")
def half_rounded_up():
    replace_codes(lambda x, scale, zero_point: np.floor(x / scale + np.float32(0.5)) + zero_point)


@mutant("test_all_half_grid_ties_have_the_same_codes")
def multiplied_by_the_reciprocal():
    replace_codes(lambda x, scale, zero_point: np.rint(x * (np.float32(1) / scale)) + zero_point)


@mutant("test_all_half_grid_ties_have_the_same_codes")
def divided_in_float64():
    replace_codes(lambda x, scale, zero_point: np.rint(x / np.float64(scale)) + zero_point)


@mutant("test_values_outside_a_given_range_saturate_and_do_not_wrap")
def cast_wraps():
    def quantize_array(values, scale, zero_point, bounds):
        codes = np.rint(values.astype(np.float64) / scale) + zero_point
        return np.fmod(codes, 2**40).astype(np.int64).astype(np.int8)

    replace("perf.quantization.affine", "quantize_array", quantize_array)


@mutant("test_codes_are_int8_and_take_one_byte_each")
def codes_in_float32():
    def quantize_int8(tensor):
        codes, scale, zero_point = right(tensor)
        return Tensor(codes.data.astype(np.float32)), scale, zero_point

    right = affine.quantize_int8
    replace("perf.quantization.affine", "quantize_int8", quantize_int8)


@mutant("test_a_range_without_zero_does_not_collapse")
def zero_left_out_of_the_range():
    def choose_qparams(minimum, maximum):
        if minimum == maximum:
            return right(minimum, maximum)
        scale = float(np.float32((maximum - minimum) / 255))
        return scale, int(np.clip(np.rint(-128 - minimum / scale), -128, 127))

    right = affine.choose_qparams
    replace("perf.quantization.affine", "choose_qparams", choose_qparams)


@mutant("test_a_constant_of_any_size_comes_back")
def constants_erased():
    def choose_qparams(minimum, maximum):
        return (1.0, 0) if minimum == maximum else right(minimum, maximum)

    right = affine.choose_qparams
    replace("perf.quantization.affine", "choose_qparams", choose_qparams)


@mutant("test_tiny_tensors_keep_their_signal")
def ranges_below_a_threshold_erased():
    def choose_qparams(minimum, maximum):
        tiny = max(abs(minimum), abs(maximum)) < textbook.EPSILON
        return (1.0, 0) if tiny else right(minimum, maximum)

    right = affine.choose_qparams
    replace("perf.quantization.affine", "choose_qparams", choose_qparams)


@mutant("test_scale_and_zero_point_have_the_values_worked_out_by_hand")
def zero_point_of_uint8():
    def choose_qparams(minimum, maximum):
        scale, zero_point = right(minimum, maximum)
        return scale, min(127, zero_point + 128)

    right = affine.choose_qparams
    replace("perf.quantization.affine", "choose_qparams", choose_qparams)


@mutant("test_the_worked_example_on_minus_1_to_3")
def six_bit_scale():
    def choose_qparams(minimum, maximum):
        scale, zero_point = right(minimum, maximum)
        return 4 * scale, zero_point

    right = affine.choose_qparams
    replace("perf.quantization.affine", "choose_qparams", choose_qparams)


@mutant("test_dequantize_widens_before_it_subtracts")
def subtraction_wraps():
    def dequantize_int8(q_tensor, scale, zero_point):
        return Tensor((q_tensor.data - np.int8(zero_point)).astype(np.float32) * np.float32(scale))

    replace("perf.quantization.affine", "dequantize_int8", dequantize_int8)


@mutant("test_dequantize_saturates_at_the_largest_float32")
def dequantize_overflows():
    def dequantize_int8(q_tensor, scale, zero_point):
        with np.errstate(over="ignore"):
            return Tensor((q_tensor.data.astype(np.float32) - zero_point) * np.float32(scale))

    replace("perf.quantization.affine", "dequantize_int8", dequantize_int8)


@mutant("test_values_without_a_range_are_refused")
def bad_values_pass():
    def finite_range(values, name):
        return float(np.nanmin(values, initial=0)), float(np.nanmax(values, initial=0))

    replace("perf.quantization.validation", "finite_range", finite_range)


@mutant("test_float_codes_are_refused_by_dequantize")
def float_codes_pass():
    replace("perf.quantization.affine", "dequantize_int8", textbook.dequantize_int8)


@mutant("test_parameters_that_int8_cannot_have_are_refused")
def bad_parameters_pass():
    replace("perf.quantization.validation", "check_qparams", lambda scale, zero_point, name: None)
