"""Figures of the digit network show right numbers, and others for wrong implementations."""

import copy

import numpy as np
import pytest
from lessons.figures.reading import heights

from tinytorch import experiments
from tinytorch.core.training import accuracy, predict
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.lessons.quantization.figures.networks import bit_widths as networks
from tinytorch.lessons.quantization.figures.networks import deep_network as deep
from tinytorch.lessons.quantization.figures.networks import fp32_network as problem
from tinytorch.lessons.quantization.figures.networks import your_model as finale
from tinytorch.perf.quantization import quantize_model


def leave_as_it_is(model, calibration_data=None):
    pass


def test_the_problem_counts_the_bytes_of_the_network_and_what_it_reads(figures):
    pictures, sizes, weights = figures["fp32_network"].axes
    assert heights(sizes) == [803_840, 131_584, 5_160, 200_960, 32_896, 1_290]
    assert "940,584" in sizes.get_title()
    assert "235,146" in sizes.get_title()
    digits, model = load_digits(), load_digits_model()
    right = accuracy(model, digits.test_images, digits.test_labels)
    assert problem.measure_fp32_network()["accuracy"] == right
    assert f"{100 * right:.1f} %" in pictures.get_title()
    texts = [text.get_text() for text in pictures.texts]
    assert texts[:8] == list("01234567")
    assert all(", not " in text for text in texts[8:])
    assert sum(bar.get_height() for bar in weights.patches) == 234_752


def test_the_cliff_is_at_two_bits_and_channels_soften_it(figures):
    panels = figures["bit_width_cliff"].axes
    accuracy, flips, decibels = ([row.get_ydata() for row in axis.lines] for axis in panels)
    assert min(accuracy[0][:4]) > 95 > accuracy[1][-1] > 90 > accuracy[0][-1]
    assert flips[0][-1] > 50 > 5 > flips[0][0]
    assert np.all(np.array(decibels[1]) > decibels[0])


def test_the_error_by_layer_is_the_noise_measured_directly():
    digits, fp32 = load_digits(), load_digits_model()
    int8, x = copy.deepcopy(fp32), digits.test_images
    quantize_model(int8, [digits.train_images[:200]])
    rows = networks.measure_error_by_layer()
    before = fp32.layers[1](fp32.layers[0](x))
    exact, own = fp32.layers[2](before).data, int8.layers[2](before).data
    total = int8.layers[2](int8.layers[1](int8.layers[0](x))).data
    for key, other in (("own", own), ("total", total)):
        percent = 100 * np.linalg.norm(exact - other) / np.linalg.norm(exact)
        assert rows[1][f"{key}_percent"] == pytest.approx(percent, rel=1e-4)
    assert "left layer 0 a Linear" in repr(experiments.error_by_layer(leave_as_it_is))


def test_the_rescaled_network_collapses_and_is_rescued(figures):
    trained, int8, rescaled, worst, channels, rescued = heights(figures["rescaled_network"].axes[0])
    assert rescaled == trained > 96
    assert min(int8, rescued) > trained - 1
    assert worst + 10 < channels < trained - 10


def test_your_model_is_the_one_that_was_quantized(figures):
    digits, fp32 = load_digits(), load_digits_model()
    int8 = copy.deepcopy(fp32)
    quantize_model(int8, [digits.train_images[:200]])
    accuracies, sizes, errors, doubts, table = figures["your_model"].axes
    percent = [
        100 * accuracy(model, digits.test_images, digits.test_labels) for model in (fp32, int8)
    ]
    assert heights(accuracies) == pytest.approx(percent)
    changed = np.sum(predict(fp32, digits.test_images) != predict(int8, digits.test_images))
    assert f"changes {changed} of" in accuracies.get_title()
    assert heights(sizes) == [940_584, 235_194]
    rows = networks.measure_error_by_layer()
    assert heights(errors) == [row[key] for key in ("own_db", "total_db") for row in rows]
    assert len(doubts.texts) == 10
    cells = table.tables[0].get_celld()
    for row, layer in enumerate(int8.layers[::2], start=1):
        assert cells[row, 1].get_text().get_text() == f"{layer.weight_scale:.5f}"
        assert cells[row, 4].get_text().get_text() == str(layer.input_zero_point)


def test_the_doubtful_images_are_those_whose_two_best_digits_are_closest():
    numbers = finale.measure_your_model(leave_as_it_is)
    best = np.sort(load_digits_model()(load_digits().test_images).data, axis=1)
    margins = best[:, -1] - best[:, -2]
    unsure = numbers["unsure"]
    assert np.all(np.diff(margins[unsure]) >= 0)
    assert margins[unsure].max() <= np.delete(margins, unsure).min()
    assert (numbers["flips"]["flips"], numbers["sqnr_db"]) == (0, np.inf)
    assert all(row["input_scale"] is None for row in numbers["layers"])


def test_errors_in_depth_partly_cancel(figures):
    found = deep.measure_deep_network()
    assert found["own"].shape == (deep.LAYERS,)
    assert np.all((found["own"] > 0.1) & (found["own"] < 4))
    assert found["total"][0] == pytest.approx(found["own"][0])
    assert np.all(found["total"][3:] < 0.8 * found["added"][3:])
    assert np.all(found["total"] < 1.25 * found["independent"])
    flips = found["flips"]
    assert flips["flips"] == sum(flips[change] for change in deep.CHANGES)
    assert flips["fp32_accuracy"] > 0.8
    axes = figures["deep_network"].axes
    left = 100 * found["total"][-1] / found["added"][-1]
    assert f"{left:.0f} % of the sum" in axes[0].get_title()
    assert heights(axes[1]) == [flips[change] for change in deep.CHANGES]


def test_a_network_that_was_trained_once_stays_as_it_is():
    before = [array.data.copy() for array in deep._trained().parameters()]
    deep.measure_deep_network()
    assert all(
        np.array_equal(array.data, old)
        for array, old in zip(deep._trained().parameters(), before, strict=True)
    )
