"""Mistakes in calibration and in quantize_model."""

import itertools
from contextlib import contextmanager

from mutants import mutant, replace
from tinytorch import Linear, Sequential, Tensor
from tinytorch.core import walk
from tinytorch.core.layers import leaf_layers
from tinytorch.perf import quantization
from tinytorch.perf.quantization import calibration
from tinytorch.perf.quantization.linear import QuantizedLinear
from tinytorch.perf.quantization.observers import MinMaxObserver


def through(batches_of):
    """Let calibration see batches_of(data) in place of the data."""

    def calibration_batches(batches, *arguments):
        return right(batches_of(batches), *arguments)

    right = calibration.calibration_batches
    replace("perf.quantization.calibration", "calibration_batches", calibration_batches)


@mutant("test_calibrate_takes_the_range_of_all_samples_from_a_generator")
def last_batch_only():
    through(lambda batches: list(batches)[-1:])


@mutant("test_every_batch_counts_however_many_there_are")
def samples_capped():
    through(lambda batches: itertools.islice(batches, 1000))


@mutant("test_batches_are_not_kept")
def batches_collected_in_a_list():
    through(lambda batches: list(batches))


@mutant("test_calibration_sees_the_fp32_activations_of_all_batches")
def last_batch_of_a_model_only():
    def update(self, values):
        self.__init__()
        right(self, values)

    right = MinMaxObserver.update
    MinMaxObserver.update = update


@mutant("test_calibration_sees_the_fp32_activations_of_all_batches")
def calibrated_through_layers_that_are_quantized_already():
    def quantize_model(model, calibration_data=None, **options):
        right(model)
        data = [] if calibration_data is None else list(calibration_data)
        for _, layer in leaf_layers(model):
            if isinstance(layer, QuantizedLinear) and data:
                layer.calibrate(data)
            data = [layer(batch) for batch in data]

    right = quantization.quantize_model
    replace("perf.quantization", "quantize_model", quantize_model)


@mutant("test_calibration_sees_the_fp32_activations_of_all_batches")
def every_layer_calibrated_with_the_models_inputs():
    class Watched(MinMaxObserver):
        def range(self):
            return first[0].plain_range()

        plain_range = MinMaxObserver.range

        def __init__(self):
            super().__init__()
            first.append(self)

    first = []

    def quantize_model(model, calibration_data=None, **options):
        first.clear()
        right(model, calibration_data, **{**options, "observer": Watched})

    right = quantization.quantize_model
    replace("perf.quantization", "quantize_model", quantize_model)


@mutant("test_every_linear_is_replaced_in_place_and_nothing_else")
def nested_sequential_skipped():
    def _replace(chosen, replacements):
        for place in chosen:
            if "." not in place.name:
                place.put(replacements[id(place.layer)])

    replace("perf.quantization.model", "_replace", _replace)


@mutant("test_on_any_error_the_model_is_as_before")
def replaced_before_all_is_well():
    def quantize_model(model, calibration_data=None, **options):
        for position, layer in enumerate(getattr(model, "layers", [])):
            if isinstance(layer, Linear):
                part = Sequential(layer)
                right(part, None)
                model.layers[position] = part.layers[0]
        right(model, calibration_data, **options)

    right = quantization.quantize_model
    replace("perf.quantization", "quantize_model", quantize_model)


@mutant("test_a_shared_layer_becomes_one_layer_that_saw_both_inputs")
def shared_layer_quantized_twice():
    def _replace(chosen, replacements):
        for place in chosen:
            place.put(QuantizedLinear(place.layer))

    replace("perf.quantization.model", "_replace", _replace)


@mutant("test_a_second_call_changes_nothing")
def quantized_again_by_a_second_call():
    def quantize_model(model, calibration_data=None, **options):
        for position, layer in enumerate(model.layers):
            if isinstance(layer, QuantizedLinear):
                again = Linear(layer.in_features, layer.out_features)
                again.weight = layer.dequantized_weight()
                model.layers[position] = QuantizedLinear(again)
        right(model, calibration_data, **options)

    right = quantization.quantize_model
    replace("perf.quantization", "quantize_model", quantize_model)


@mutant("test_bad_samples_get_a_clear_error_and_leave_the_calibration_alone")
def no_samples_are_enough():
    def calibration_batches(batches, *arguments):
        return enumerate(list(batches) or [Tensor([0.0] * 20)])

    replace("perf.quantization.calibration", "calibration_batches", calibration_batches)


@mutant("test_a_tuple_of_layers_is_replaced_too")
def only_lists_take_other_layers():
    def _of_tuple(value, put):
        return ((str(n), child, None) for n, child in enumerate(value))

    walk._of_tuple = _of_tuple


@mutant("test_a_generator_may_use_the_model_that_is_being_calibrated")
def observers_watch_while_the_data_are_made():
    @contextmanager
    def always(layers, observers, reached):
        if not entered:
            entered.append(right(layers, observers, reached))
            entered[0].__enter__()
        yield

    entered = []
    right = calibration.watching_inputs
    replace("perf.quantization.calibration", "watching_inputs", always)
