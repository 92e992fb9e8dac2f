"""Mistakes with networks of every kind: blocks, shared parameters, scales per channel, engines."""

import functools

import numpy as np

from mutants import mutant, replace
from tinytorch import GELU, Dropout, Sigmoid, Softmax, Tensor
from tinytorch.core import walk
from tinytorch.perf.analysis import metrics
from tinytorch.perf.deploy import engine, operators, own_layers, safetensors
from tinytorch.perf.quantization import calibration, model, parallel, sizes, weights
from tinytorch.perf.quantization.validation import QParams


@mutant("test_codes_and_scales_per_channel_are_those_of_the_definition")
def channels_are_rows():
    def quantize_weight(layer, granularity):
        if granularity == "per_tensor":
            return right(layer, granularity)
        largest = np.abs(layer.weight.data).max()
        scales = np.full(layer.out_features, largest / np.float32(127))
        return Tensor(np.rint(layer.weight.data / scales).astype(np.int8)), QParams(scales, 0)

    right = weights.quantize_weight
    replace("perf.quantization.weights", "quantize_weight", quantize_weight)


@mutant("test_outputs_of_very_different_size_survive_with_the_remedy_that_the_warning_names")
def outputs_lost_in_silence():
    replace("perf.quantization.weights", "warn_of_losses", lambda *arguments: None)


@mutant("test_only_what_is_lost_is_warned_of")
def every_entry_that_becomes_zero_is_warned_of():
    weights.BIAS_MATTERS = 0.0


@mutant("test_sizes_count_every_scale_and_a_float32_bias")
def scales_of_channels_not_counted():
    replace("perf.quantization.sizes", "qparams_bytes", lambda scale: sizes.QPARAMS_BYTES)


@mutant("test_a_layer_that_was_given_another_forward_is_not_taken_out")
def another_forward_lost():
    replace("core.structure", "refuse_patched", lambda layer, name: None)


@mutant("test_every_linear_is_calibrated_and_replaced")
def only_sequentials_gone_into():
    def inside(place):
        if walk.is_container(place.layer):
            for key, layer in enumerate(place.layer.layers):
                put = functools.partial(place.layer.layers.__setitem__, key)
                prefix = f"{place.name}." if place.name else ""
                yield walk.Place(f"{prefix}{key}", layer, put, (*place.above, id(place.layer)))

    walk._inside = inside


@mutant("test_a_block_that_takes_no_other_layer_leaves_the_model_as_it_was")
def half_of_the_layers_replaced():
    def put_in(chosen, replacements):
        for place in chosen:
            try:
                place.put(replacements[id(place.layer)])
            except Exception as error:
                raise ValueError(f"layer {place.name} cannot be replaced ({error})") from error

    model._replace = put_in


@mutant("test_tied_parameters_share_their_codes")
def codes_of_tied_weights_twice():
    def quantized(linears, granularity, bias):
        return {key: model.QuantizedLinear(layer, granularity, bias)
                for key, (_, layer) in linears.items()}  # fmt: skip

    model._quantized = quantized


@mutant("test_batches_without_samples_are_passed_over")
def an_empty_batch_ends_calibration():
    def batches(data, *arguments):
        for number, batch in enumerate(data):
            if np.size(batch) == 0:
                return
            yield number, batch

    replace("perf.quantization.calibration", "calibration_batches", batches)


@mutant("test_parts_that_get_no_thread_are_worked_on_all_the_same")
def threads_always_there():
    def in_parallel(work, size, elements, multiple=parallel.BLOCK):
        return [parallel._pool().submit(work, 0, size).result()]

    replace("perf.quantization.parallel", "in_parallel", in_parallel)


@mutant("test_the_worst_output_is_the_one_that_the_others_hide")
def worst_output_is_that_of_all():
    replace("perf.analysis.metrics", "worst_output", lambda a, b: (0, metrics.sqnr_db(a, b)))


@mutant("test_activations_equal_their_definitions")
def gelu_by_the_logistic_function():
    GELU.forward = lambda self, x: Tensor(x.data * Sigmoid()(x * 1.702).data)


@mutant("test_softmax_is_a_distribution_along_the_last_axis")
def softmax_along_the_first_axis():
    def forward(self, x):
        powers = np.exp(x.data - x.data.max())
        return Tensor(powers / powers.sum(axis=0))

    Softmax.forward = forward


@mutant("test_dropout_does_nothing_at_inference_and_keeps_sums_in_training")
def dropout_at_inference():
    right = Dropout.forward
    Dropout.forward = lambda self, x, training=True: right(self, x, training=True)


@mutant("test_sums_that_int32_cannot_hold_are_refused_with_the_numbers")
def sums_beyond_int32_exported():
    operators._check_fits_engines = lambda *arguments: None


@mutant("test_activations_differ_by_one_millionth_at_most")
def softmax_of_an_engine_along_another_axis():
    operators.WRITERS[Softmax] = operators._operator("Softmax", axis=1)


@mutant("test_bfloat16_is_widened_exactly")
def bfloat16_taken_for_float16():
    def halves(self, name):
        with self._path.open("rb") as file:
            raw = file.read()
        return np.frombuffer(raw[-np.prod(self._described(name)[1]) * 2 :], "<f2").astype("f4")

    safetensors.TensorReader._bfloat16 = halves


@mutant("test_names_match_without_prefixes_and_in_any_case")
def prefixes_kept():
    safetensors.PREFIXES = ()


@mutant("test_a_model_comes_back_bit_for_bit_and_numpy_reads_the_file_without_pickle")
def old_readers_not_warned():
    replace("perf.deploy.entries", "needs_version_2", lambda entry: False)


@mutant("test_every_batch_may_reach_other_layers")
def only_the_last_batch_reaches_layers():
    def watching_inputs(layers, observers, reached=None):
        if reached is not None:
            reached.clear()
        return right(layers, observers, reached)

    right = calibration.watching_inputs
    replace("perf.quantization.calibration", "watching_inputs", watching_inputs)


@mutant("test_a_model_of_a_students_layers_is_that_of_the_librarys")
def calibration_of_own_layers_lost():
    def qparams(layer, part, needed):
        return None if part == "input" else right(layer, part, needed)

    right = own_layers._qparams
    own_layers._qparams = qparams


@mutant("test_kernels_that_saturate_are_found")
def kernels_never_tried():
    engine._kernels_saturate.__wrapped__.__code__ = (lambda: False).__code__
