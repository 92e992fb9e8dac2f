"""Reports and sweeps on the shipped network, against direct computation."""

import copy
import math

import numpy as np
import pytest
from scipy.stats import beta

from tinytorch import Linear, ReLU, Sequential, Tensor
from tinytorch.core.training import accuracy
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.perf.analysis import (
    bit_width_sweep,
    fake_quantize,
    layer_report,
    prediction_flips,
    sensitivity,
    simulate,
    sqnr_db,
    worst_output,
)
from tinytorch.perf.quantization import quantize_model

DIGITS = load_digits()
X, Y = DIGITS.test_images, DIGITS.test_labels
SAMPLES = [DIGITS.train_images[:100]]


@pytest.fixture(scope="module")
def models():
    fp32 = load_digits_model()
    int8 = copy.deepcopy(fp32)
    quantize_model(int8, SAMPLES)
    return fp32, int8


def test_sqnr_has_the_value_worked_out_by_hand():
    assert sqnr_db([3.0, 4.0], [3.0, 4.5]) == pytest.approx(20.0)  # 25 / 0.25
    assert sqnr_db([1.0], [1.0]) == math.inf
    assert sqnr_db([1e-40, 0.0], [0.0, 0.0]) == pytest.approx(0.0)


def test_sqnr_of_uniform_values_is_48_db_and_of_gaussian_ones_less():
    rng = np.random.default_rng(0)
    for values, expected in [
        (rng.uniform(-1, 1, 100_000), 48.1),
        (rng.normal(size=10_000), 41.0),
        (rng.laplace(size=100_000), 33.7),
    ]:
        values = values.astype(np.float32)
        assert sqnr_db(values, fake_quantize(values)) == pytest.approx(expected, abs=0.7)


@pytest.mark.parametrize(
    ("reference", "other", "part"),
    [
        ([1.0, 2.0], [1.0], r"shapes \(2,\) and \(1,\) differ"),
        ([0.0], [1.0], "not all zero"),
        ([], [], "not all zero"),
        ([np.nan], [1.0], "finite"),
    ],
)
def test_sqnr_of_what_has_none_is_refused(reference, other, part):
    with pytest.raises(ValueError, match=part):
        sqnr_db(reference, other)


def test_the_layer_report_separates_new_error_from_error_so_far(models):
    fp32, int8 = models
    rows = layer_report(fp32, int8, X)
    assert [row["name"] for row in rows] == ["0", "1", "2", "3", "4"]
    hidden = fp32.layers[1](fp32.layers[0](X))
    exact = fp32.layers[2](hidden).data
    row = rows[2]
    assert row["own_sqnr_db"] == sqnr_db(exact, int8.layers[2](hidden).data)
    assert row["sqnr_db"] < row["own_sqnr_db"]
    assert rows[4]["sqnr_db"] == sqnr_db(fp32(X), int8(X))
    assert rows[1]["own_sqnr_db"] == math.inf  # a ReLU adds no error of its own
    assert row["shape"] == (256, 128)
    assert (row["weight_scale"], row["input_zero_point"]) == (int8.layers[2].weight_scale, -128)
    assert 30 < row["weight_sqnr_db"] < 50


def test_the_worst_output_is_the_one_that_the_others_hide():
    rng = np.random.default_rng(0)
    exact = rng.normal(size=(40, 3, 5)) * [1e5, 1.0, 0.0, 10.0, 1.0]
    other = exact + rng.normal(size=exact.shape) * [1.0, 1e-3, 0.0, 1e-3, 0.1]
    assert sqnr_db(exact, other) > 90
    position, decibels = worst_output(exact, other)
    assert position == 4
    assert decibels == pytest.approx(sqnr_db(exact[..., 4], other[..., 4]))
    assert worst_output([[1.0, 2.0]], [[1.0, 2.0]])[1] == np.inf
    for reference in ([[0.0, 0.0]], [[np.nan, 1.0]]):
        with pytest.raises(ValueError, match="finite values that are not all zero"):
            worst_output(reference, [[0.0, 1.0]])


def test_a_report_that_cannot_be_made_names_the_layer():
    dead = Sequential(Linear(2, 2), ReLU())
    dead.layers[0].weight.data[:] = -1
    with pytest.raises(ValueError, match="the output of layer 1: sqnr_db: the reference"):
        layer_report(dead, dead, np.ones((3, 2)))
    with pytest.raises(ValueError, match="approximation holds NaN or infinite"):
        sqnr_db([1.0], [np.nan])


def test_the_layer_report_of_different_models_is_refused(models):
    fp32, _ = models
    with pytest.raises(ValueError, match="the models have 5 and 3 layers"):
        layer_report(fp32, Sequential(*fp32.layers[:3]), X)
    other = Sequential(Linear(784, 60), ReLU(), Linear(60, 128), ReLU(), Linear(128, 10))
    with pytest.raises(ValueError, match="layer 0 gives"):
        layer_report(fp32, other, X)


def predicting(*classes):
    """A model that predicts these classes, whatever it is given."""
    return lambda x: Tensor(np.eye(10)[list(classes)])


def test_flips_are_counted_by_kind():
    flips = prediction_flips(
        predicting(0, 1, 2, 3, 4), predicting(0, 9, 8, 7, 4), np.zeros((5, 1)), [0, 1, 8, 5, 9]
    )
    kinds = [flips[f"{a}_to_{b}"] for a, b in [("right", "wrong"), ("wrong", "right")]]
    assert (flips["images"], flips["flips"], kinds, flips["wrong_to_wrong"]) == (5, 3, [1, 1], 1)
    assert (flips["fp32_accuracy"], flips["int8_accuracy"]) == (0.4, 0.4)
    assert flips["accuracy_loss"] == 0.0


@pytest.mark.parametrize(("lost", "images"), [(0, 500), (1, 500), (7, 40), (39, 40), (300, 1797)])
def test_the_bound_is_clopper_and_pearsons(lost, images):
    before, after = np.zeros(images, int), np.zeros(images, int)
    after[:lost] = 1
    flips = prediction_flips(predicting(*before), predicting(*after), np.zeros((images, 1)), before)
    expected = beta.ppf(0.95, lost + 1, images - lost)
    assert flips["accuracy_loss_bound"] == pytest.approx(expected, rel=1e-9)


def test_losing_every_image_is_bounded_by_one():
    flips = prediction_flips(predicting(0, 0), predicting(1, 1), np.zeros((2, 1)), [0, 0])
    assert flips["accuracy_loss_bound"] == 1.0


def test_labels_that_do_not_fit_are_refused(models):
    for labels in ([1], []):
        with pytest.raises(ValueError, match="one label per sample"):
            prediction_flips(*models, X, labels)


def test_accuracy_holds_at_8_bits_and_collapses_at_2(models):
    rows = bit_width_sweep(models[0], X, Y, calibration_data=SAMPLES)
    assert [row["bits"] for row in rows] == [8, 7, 6, 5, 4, 3, 2]
    by_bits = {row["bits"]: row for row in rows}
    fp32 = accuracy(models[0], X, Y)
    assert abs(by_bits[8]["accuracy"] - fp32) <= 0.004
    assert by_bits[2]["accuracy"] < fp32 - 0.2
    coarse = simulate(models[0], 2, calibration_data=SAMPLES)
    flips = np.sum(models[0](X).data.argmax(axis=1) != coarse(X).data.argmax(axis=1))
    assert by_bits[2]["flips"] == flips > 100
    per_bit = (by_bits[6]["sqnr_db"] - by_bits[4]["sqnr_db"]) / 2
    assert per_bit == pytest.approx(6.02, abs=1)


def test_a_generator_of_samples_serves_every_width_and_layer(models):
    for sweep in (bit_width_sweep, sensitivity):
        rows = sweep(models[0], X, Y, calibration_data=SAMPLES)
        assert sweep(models[0], X, Y, calibration_data=(batch for batch in SAMPLES)) == rows


def test_simulated_8_bits_predict_what_the_int8_network_predicts(models):
    fp32, int8 = models
    simulated = simulate(fp32, 8, calibration_data=SAMPLES)
    assert (int8(X).data.argmax(axis=1) == simulated(X).data.argmax(axis=1)).all()
    # They differ in the bias alone, which INT8 rounds as well.
    assert sqnr_db(int8(X), simulated(X)) > 40


def test_sensitivity_quantizes_one_layer_at_a_time(models):
    rows = sensitivity(models[0], X, Y, bits=2)
    assert [row["name"] for row in rows] == ["0", "2", "4"]
    everything = bit_width_sweep(models[0], X, Y, bits=[2])[0]
    assert min(row["sqnr_db"] for row in rows) > everything["sqnr_db"]
    alone = simulate(models[0], 2, only="2")
    assert rows[1]["accuracy"] == accuracy(alone, X, Y)
