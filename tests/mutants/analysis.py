"""Mistakes in observers, simulation, analysis, equalization and model files."""

import numpy as np

from mutants import mutant, replace
from tinytorch import Tensor
from tinytorch.perf import analysis
from tinytorch.perf.analysis import fake_quantization, metrics
from tinytorch.perf.deploy import npz as archive
from tinytorch.perf.quantization import affine, observers


@mutant("test_bins_that_merge_keep_every_count_in_its_place")
def merged_bins_mirrored():
    def _widen(self, magnitude):
        before = self._width
        right(self, magnitude)
        if before and self._width > before:
            self._counts[:] = self._counts[::-1]

    right = observers._HistogramObserver._widen
    observers._HistogramObserver._widen = _widen


@mutant("test_the_mse_range_beats_the_full_range_and_nearly_every_other")
def mse_observer_takes_the_full_range():
    observers.MSEObserver.range = observers.MinMaxObserver.range


@mutant("test_memory_does_not_grow_with_the_data")
def observer_keeps_the_data():
    def update(self, values):
        right(self, values)
        self.__dict__.setdefault("kept", []).append(values.copy())

    right = observers.MinMaxObserver.update
    observers.MinMaxObserver.update = update


@mutant("test_a_symmetric_range_always_has_zero_point_zero")
def zero_point_from_the_rounded_scale():
    def affine_grid(minimum, maximum, lowest, highest):
        scale, zero_point = right(minimum, maximum, lowest, highest)
        return scale, zero_point * 0 + np.rint(lowest - np.minimum(minimum, 0.0) / scale)

    right = affine.affine_grid
    replace("perf.quantization.affine", "affine_grid", affine_grid)


@mutant("test_every_slice_along_the_axis_has_its_own_grid")
def channel_axis_ignored():
    def fake_quantize(array, bits=8, symmetric=False, axis=None):
        return right(array, bits, symmetric, None)

    right = fake_quantization.fake_quantize
    replace("perf.analysis.fake_quantization", "fake_quantize", fake_quantize)


@mutant("test_simulate_copies_the_bias")
def bias_shared_with_the_original():
    def simulate(model, *arguments, **options):
        copy = right(model, *arguments, **options)
        copy.layers[0].bias = model.layers[0].bias
        return copy

    right = fake_quantization.simulate
    replace("perf.analysis.fake_quantization", "simulate", simulate)


@mutant("test_the_layer_report_separates_new_error_from_error_so_far")
def error_so_far_reported_as_new():
    def layer_report(fp32_model, int8_model, inputs):
        rows = right(fp32_model, int8_model, inputs)
        return [row | {"own_sqnr_db": row["sqnr_db"]} for row in rows]

    right = analysis.layer_report
    replace("perf.analysis", "layer_report", layer_report)


@mutant("test_flips_are_counted_by_kind")
def flips_counted_as_lost_accuracy():
    def prediction_flips(fp32_model, int8_model, inputs, labels):
        row = right(fp32_model, int8_model, inputs, labels)
        return row | {"flips": abs(row["right_to_wrong"] - row["wrong_to_right"])}

    right = metrics.prediction_flips
    replace("perf.analysis.metrics", "prediction_flips", prediction_flips)


@mutant("test_the_bound_is_clopper_and_pearsons")
def bound_of_the_normal_distribution():
    def _upper_bound(events, trials, confidence=0.95):
        share = events / trials
        return share + 1.645 * np.sqrt(share * (1 - share) / trials)

    replace("perf.analysis.metrics", "_upper_bound", _upper_bound)


@mutant("test_no_fp32_output_changes_by_a_single_bit")
def factors_that_are_no_powers_of_two():
    def _scale_units(first, second, exponents):
        factors = (2.0**exponents * 1.1).astype(np.float32)
        first.weight = Tensor(first.weight.data * factors)
        if first.bias is not None:
            first.bias = Tensor(first.bias.data * factors)
        second.weight = Tensor(second.weight.data / factors[:, None])
        return False

    replace("perf.analysis.equalization", "_scale_units", _scale_units)


@mutant("test_a_factor_that_would_leave_float32_is_not_applied")
def overflowing_factors_applied():
    replace(
        "perf.analysis.equalization",
        "_stays_normal",
        lambda array, exponents: np.ones(len(exponents), bool),
    )


@mutant("test_a_failed_write_leaves_the_old_file_and_nothing_else")
def file_written_in_place():
    def write_arrays(path, arrays):
        with open(path, "wb") as file:
            np.savez(file, **arrays)

    replace("perf.deploy.npz", "write_arrays", write_arrays)


@mutant("test_a_file_that_says_something_wrong_is_refused")
def headers_believed():
    def read(self, name, dtype, ndim):
        with self._archive.open(self.unread.pop(name)) as member:
            return np.lib.format.read_array(member, allow_pickle=False)

    archive.ArrayReader.read = read
