"""Figures of layers and calibration show right numbers, and others for wrong implementations."""

import numpy as np
import pytest
from lessons.figures.reading import heights, line

from tinytorch import Sequential, experiments
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.lessons.quantization.figures.layers import calibration, layer
from tinytorch.lessons.quantization.figures.layers import observers as outliers
from tinytorch.perf.quantization import QuantizedLinear, quantize_model
from tinytorch.perf.quantization.observers import PercentileObserver


class NeverCalibrated(QuantizedLinear):
    def calibrate(self, sample_inputs):
        pass


def quantize_without_calibration(model, calibration_data=None):
    quantize_model(model)


def test_the_outputs_of_a_layer_are_compared_as_they_are(figures):
    numbers = layer.measure_layer_outputs()
    fp32, x = load_digits_model().layers[0], load_digits().test_images
    assert np.array_equal(numbers["fp32"], fp32(x).data)
    assert np.array_equal(numbers["int8"], QuantizedLinear(fp32)(x).data)
    noise = np.sqrt(np.mean((numbers["int8"] - numbers["fp32"]) ** 2))
    assert numbers["sqnr_db"] == pytest.approx(20 * np.log10(numbers["rms"] / noise))
    assert 38 < numbers["sqnr_db"] < 45
    assert f"{numbers['sqnr_db']:.1f} dB" in figures["layer_outputs"].axes[0].get_title()
    x, y = line(figures["layer_outputs"].axes[0], "output")
    assert (np.array_equal(x, numbers["fp32"].ravel()), len(y)) == (True, 512_000)
    assert layer.measure_layer_outputs(lambda same: same)["sqnr_db"] == np.inf


def test_a_calibrated_layer_rounds_inside_its_range_and_saturates_outside(figures):
    numbers = layer.measure_calibrated_inputs()
    inputs, outputs = numbers["inputs"], numbers["calibrated"]
    assert numbers["plain"] == pytest.approx(inputs, abs=1e-6)
    assert outputs[inputs < 0] == pytest.approx(0.0)
    assert outputs[inputs > 1] == pytest.approx(1.0)
    inside = (inputs > 0) & (inputs < 1)
    assert np.unique(outputs[inside]) == pytest.approx(np.arange(256) / 255)
    assert np.abs(outputs - inputs)[inside].max() == pytest.approx(0.5 / 255, rel=0.02)
    assert figures["calibrated_inputs"].axes[1].get_title().startswith("Zoom on the first 8 steps")
    stairs = line(figures["calibrated_inputs"].axes[1], "calibrated")[1]
    assert np.unique(stairs) == pytest.approx(np.arange(9), abs=1e-4)


def test_a_layer_that_ignores_its_calibration_does_not_saturate():
    numbers = layer.measure_calibrated_inputs(NeverCalibrated)
    assert numbers["calibrated"] == pytest.approx(numbers["inputs"], abs=1e-6)
    shown = repr(experiments.calibrated_inputs(NeverCalibrated))
    assert 'run check("calibrate")' in shown


def test_more_calibration_images_widen_the_scale_and_saturate_less():
    numbers = calibration.measure_calibration_samples()
    scale, saturated = (np.median(numbers[name], axis=1) for name in ("scale", "saturated"))
    assert scale[-1] > 1.3 * scale[0]
    assert saturated[0] > 0.005 > 0.0005 > saturated[-1]
    hidden = Sequential(load_digits_model().layers[:2])(load_digits().train_images)
    assert scale[-1] == pytest.approx(hidden.data.max() / 255, rel=0.05)
    ignored = repr(experiments.calibration_samples(quantize_without_calibration))
    assert "input_scale of layer 0" in ignored


def test_observers_trade_steps_against_outliers(figures):
    results = outliers.measure_observers()
    minmax, percentile, mse = (results[name] for name in ("minmax", "percentile", "mse"))
    values = outliers.outlier_values()
    assert minmax["range"] == (values.min(), values.max())
    assert percentile["typical_sqnr_db"] > minmax["typical_sqnr_db"] + 6
    assert mse["sqnr_db"] >= max(minmax["sqnr_db"], percentile["sqnr_db"])
    noise = ((values.max() - values.min()) / 255) ** 2 / 12  # of values whose power is 1
    assert minmax["typical_sqnr_db"] == pytest.approx(-10 * np.log10(noise), abs=0.2)
    drawn = {text.get_text() for text in figures["observers_compared"].axes[0].texts}
    assert drawn == {"minmax", "percentile\n0.01 to 99.99", "mse"}
    mine = experiments.observers_compared({"mine": lambda: PercentileObserver(99.0)})
    assert mine.axes[0].texts[0].get_text() == "mine\n1 to 99"
    assert mine.axes[0].lines[0].get_xdata() == pytest.approx([-2.33, 2.33], abs=0.05)


def test_biased_calibration_costs_accuracy_or_sqnr(figures):
    good, _, dark = heights(figures["biased_calibration"].axes[0])
    assert good > 96 > 91 > dark
    decibels = heights(figures["biased_calibration"].axes[1])
    assert decibels[0] > decibels[1] + 10 > decibels[2] + 10
    ignored = calibration.measure_biased_calibration(quantize_without_calibration)
    assert len({row["accuracy"] for row in list(ignored.values())[1:]}) == 1
