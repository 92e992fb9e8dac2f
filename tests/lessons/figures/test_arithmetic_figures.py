"""Figures of codes and of rounding show right numbers, and others for wrong implementations."""

import numpy as np
import pytest
import textbook
from lessons.figures.reading import line

from tinytorch import Tensor, experiments
from tinytorch.lessons.quantization.figures.arithmetic import codes, rounding, symmetric
from tinytorch.lessons.quantization.figures.arithmetic import pitfalls as traps
from tinytorch.perf.quantization import choose_qparams, quantize_int8


def floored(tensor):
    scale, zero_point = choose_qparams(float(tensor.data.min()), float(tensor.data.max()))
    codes = np.floor(tensor.data / scale) + zero_point
    return Tensor(np.clip(codes, -128, 127).astype(np.int8)), scale, zero_point


def test_the_worked_example_lands_on_the_right_codes(figures):
    example = codes.measure_where_codes_land()["example"]
    assert example["codes"].tolist() == [-128, -96, -64, -19, 95, 127]
    assert (example["scale"], example["zero_point"]) == (pytest.approx(4 / 255), -64)
    drawn = {text.get_text() for text in figures["where_codes_land"].axes[0].texts}
    assert {"-1", "-0.5", "0", "0.7", "2.5", "3", "-128", "-96", "-64", "-19", "95", "127"} <= drawn
    assert codes.measure_where_codes_land(floored)["example"]["codes"][3] == -20


def test_the_codes_are_distributed_as_the_weights_are(figures):
    above, below = (
        [bar.get_height() for bar in a.patches] for a in figures["where_codes_land"].axes[1:]
    )
    assert sum(above) == sum(below) == 784 * 256
    assert above == pytest.approx(below, abs=4)  # a weight halfway between two bins


def test_the_error_is_within_half_a_scale_its_square_a_twelfth_and_a_bit_6_db(figures):
    numbers = rounding.measure_rounding_error()
    assert numbers["scale"] == pytest.approx(4 / 255)
    assert np.abs(numbers["error"]).max() == pytest.approx(2 / 255, rel=0.01)
    for row in numbers["uniform"]:
        low, high = row["range"]
        scale = (max(high, 0.0) - min(low, 0.0)) / 255
        assert row["mean_squared_error"] == pytest.approx(scale**2 / 12, rel=0.05)
    drawn = figures["rounding_error"].axes[3].lines[0].get_ydata()
    assert -0.5001 <= drawn.min() < -0.45 < 0.45 < drawn.max() <= 0.5001
    bits, yours = line(figures["rounding_error"].axes[1], "yours")
    assert (bits.tolist(), yours.tolist()) == ([8], [numbers["sweep"][0]["sqnr_db"]])
    assert len(line(figures["rounding_error"].axes[1], "simulated")[0]) == 7
    decibels = [row["sqnr_db"] for row in numbers["sweep"]]
    assert decibels[0] == pytest.approx(20 * np.log10(255), abs=0.3)
    assert -np.diff(decibels) == pytest.approx(6.02, abs=1.5)


def test_a_students_floor_leaves_the_band():
    for row in rounding.measure_rounding_error(floored)["uniform"]:
        assert row["mean_squared_error"] == pytest.approx(row["scale"] ** 2 / 3, rel=0.05)
    assert experiments.rounding_error(floored).axes[3].lines[0].get_ydata().min() < -0.9


def test_the_chapters_range_restores_four_and_the_widened_one_follows_the_diagonal(figures):
    axis = figures["zero_in_range"].axes[1]
    values, chapter = line(axis, "zero left out")
    assert (values.min(), values.max(), chapter.min(), chapter.max()) == (5, 9, 4, 4)
    assert np.abs(line(axis, "quantize_int8")[1] - values).max() <= 9 / 255 / 2 + 1e-6
    numbers = traps.measure_zero_in_range(textbook.quantize_int8, textbook.dequantize_int8)
    assert numbers["restored"] == pytest.approx(numbers["chapter"])
    assert numbers["range"] == pytest.approx((0.0, 4.0))


def test_int8_ends_at_16_and_int32_at_the_true_sum(figures):
    ends = [axis.lines[0].get_ydata()[-1] for axis in figures["int8_wraps"].axes]
    assert ends == [16, 12_645_136]
    drawn = figures["int8_wraps"].axes[0].lines[0].get_ydata()
    assert (np.nanmin(drawn), np.nanmax(drawn), np.isnan(drawn).sum()) == (-128, 127, 3)


def test_a_zero_point_gains_a_bit_behind_a_relu_and_little_on_weights(figures):
    found = symmetric.measure_symmetric_or_asymmetric()
    for name, row in found.items():
        step = np.abs(row["values"]).max() / 127
        assert np.abs(row["symmetric"] * step - row["values"]).max() <= 0.501 * step, name
        assert row["asymmetric"].min() == -128 or name == "weights"
    weights, hidden = (row["asymmetric_db"] - row["symmetric_db"] for row in found.values())
    assert 0 < weights < 2
    assert hidden == pytest.approx(6.02, abs=0.4)
    assert found["ReLU outputs"]["symmetric"].min() == 0
    titles = [axis.get_title() for axis in figures["symmetric_or_asymmetric"].axes]
    assert "uses 128 of 256 codes" in titles[1]
    assert f"{weights:.1f} dB\nand {hidden:.1f} dB" in titles[2]


def test_rounding_down_shows_in_the_comparison_with_symmetric_codes():
    right, down = (
        symmetric.measure_symmetric_or_asymmetric(function)["weights"]["asymmetric_db"]
        for function in (quantize_int8, floored)
    )
    assert down < right - 5
