"""Mistakes in QuantizedLinear and analyze_model_sizes."""

import numpy as np

from mutants import mutant, replace
from tinytorch import Tensor
from tinytorch.perf import quantization
from tinytorch.perf.quantization import choose_qparams, matmul, sizes
from tinytorch.perf.quantization.linear import QuantizedLinear
from tinytorch.perf.quantization.validation import QParams


@mutant("test_the_fp32_layer_is_forgotten_at_once")
def fp32_layer_retained():
    def __init__(self, linear_layer):
        right(self, linear_layer)
        self.original_layer = linear_layer

    right = QuantizedLinear.__init__
    QuantizedLinear.__init__ = __init__


@mutant("test_calibrated_forward_is_exact_integer_arithmetic")
def calibration_ignored_in_forward():
    def calibrated_matmul(x, bounds, inputs, codes, weight):
        return matmul.weight_only_matmul(x, codes, *weight)

    replace("perf.quantization.matmul", "calibrated_matmul", calibrated_matmul)


@mutant("test_calibrated_forward_saturates_inputs_outside_the_calibrated_range")
def inputs_requantized_over_their_own_range():
    def calibrated_matmul(x, bounds, inputs, codes, weight):
        return right(x, bounds, QParams(*choose_qparams(*bounds)), codes, weight)

    right = matmul.calibrated_matmul
    replace("perf.quantization.matmul", "calibrated_matmul", calibrated_matmul)


@mutant("test_the_largest_sums_do_not_lose_a_unit")
def sums_in_float32():
    def integer_matmul(x_codes, x_scale, x_zero_point, codes, scale, zero_point, out):
        x = x_codes.astype(np.float32) - np.float32(x_zero_point)
        weights = codes.astype(np.float32) - np.float32(zero_point)
        out[:] = (x @ weights) * (np.float32(x_scale) * np.float32(scale))

    replace("perf.quantization.matmul", "integer_matmul", integer_matmul)


@mutant("test_calibrated_forward_is_exact_integer_arithmetic")
def weight_zero_point_forgotten():
    def integer_matmul(x_codes, x_scale, x_zero_point, codes, scale, zero_point, out):
        right(x_codes, x_scale, x_zero_point, codes, scale, 0, out)

    right = matmul.integer_matmul
    replace("perf.quantization.matmul", "integer_matmul", integer_matmul)


@mutant("test_weight_only_forward_is_x_times_the_restored_weight")
def bias_forgotten():
    QuantizedLinear.dequantized_bias = lambda self: Tensor(np.zeros(self.out_features))


@mutant("test_weight_only_forward_allocates_at_most_8_mb_of_temporaries")
def all_weights_dequantized_at_once():
    def weight_only_matmul(x, codes, scale, zero_point):
        return x @ ((codes.astype(np.float32) - zero_point) * np.float32(scale))

    replace("perf.quantization.matmul", "weight_only_matmul", weight_only_matmul)


@mutant("test_a_weight_of_zero_counts_as_zero_whatever_it_is_multiplied_by")
def zero_point_corrected_after_the_product():
    def weight_only_matmul(x, codes, scale, zero_point):
        sums = x.sum(axis=1, keepdims=True)
        return np.float32(scale) * (x @ codes.astype(np.float32) - np.float32(zero_point) * sums)

    replace("perf.quantization.matmul", "weight_only_matmul", weight_only_matmul)


@mutant("test_sizes_are_those_of_question_1")
def scales_and_zero_points_not_counted():
    sizes.QPARAMS_BYTES = 0


@mutant("test_sizes_come_from_the_arrays_and_count_a_shared_layer_once")
def sizes_assumed_and_not_measured():
    def analyze_model_sizes(original, quantized):
        found = right(original, quantized)
        found["quantized_bytes"] = found["original_bytes"] // 4
        found["compression_ratio"] = 4.0
        return found

    right = quantization.analyze_model_sizes
    replace("perf.quantization", "analyze_model_sizes", analyze_model_sizes)
