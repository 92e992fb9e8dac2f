"""The demo's figure and report show what was measured, of the right model."""

import sys

import numpy as np
import pytest

from tinytorch import Linear, ReLU, Sequential
from tinytorch.cli.demo import demo_models, demo_report, demo_text
from tinytorch.cli.demo_figure import demo_figure
from tinytorch.datasets import load_digits
from tinytorch.perf.quantization import quantize_model

SWEEP = [
    {"bits": 8, "accuracy": 0.97, "sqnr_db": 40.0},
    {"bits": 4, "accuracy": 0.5, "sqnr_db": 16.0},
]


@pytest.fixture(scope="module")
def models():
    return demo_models()


@pytest.fixture(scope="module")
def panels(models):
    fp32, int8 = models
    return demo_figure(fp32.layers[0], int8.layers[0], SWEEP, 0.975).axes


def test_the_histogram_counts_the_weights_before_and_after(models, panels):
    fp32, int8 = models
    (before,) = panels[0].containers
    outline = panels[0].patches[-1].get_xy()  # of the INT8 histogram, up and down at every edge
    edges = [bar.get_x() for bar in before] + [before[-1].get_x() + before[-1].get_width()]
    for drawn, weights in (
        ([bar.get_height() for bar in before], fp32.layers[0].weight.data),
        (outline[1:-1:2, 1], int8.layers[0].dequantized_weight().data),
    ):
        assert list(drawn) == np.histogram(weights, edges)[0].tolist()


def test_the_staircase_shows_every_weight_at_the_value_it_became(models, panels):
    fp32, int8 = models
    before, after = panels[1].lines[-1].get_data()
    scale = int8.layers[0].weight_scale
    assert len(before) > 100
    assert set(before) <= set(fp32.layers[0].weight.data.ravel())
    assert abs(after - before).max() <= scale / 2 * 1.0001
    np.testing.assert_allclose(after / scale, np.rint(after / scale), atol=1e-4)


def test_the_sweep_is_drawn_in_percent_and_decibels(panels):
    assert panels[2].lines[0].get_xydata().tolist() == [[8, 97], [4, 50]]
    assert panels[2].lines[1].get_ydata()[0] == 97.5
    assert panels[3].lines[0].get_xydata().tolist() == [[8, 40], [4, 16]]


def test_the_report_times_each_model_under_its_own_name(models, monkeypatch):
    monkeypatch.setattr("tinytorch.cli.demo.seconds", lambda call, **how: float(call().data.sum()))
    report, images = demo_report(*models), load_digits().test_images
    assert report["fp32_seconds"] == float(models[0](images).data.sum())
    assert report["int8_seconds"] == float(models[1](images).data.sum())
    assert report["engine_seconds"] == report["int8_seconds"]


def test_without_an_engine_the_demo_says_how_to_get_one(models, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    report = demo_report(*models)
    assert report["engine_seconds"] is None
    assert "in an INT8 engine (pip install '.[deploy]' shows it)" in demo_text(report)


def test_the_report_measures_the_models_it_is_given():
    layers = Linear(784, 300, rng=0), ReLU(), Linear(300, 10, rng=1)
    fp32, int8 = Sequential(*layers), Sequential(*layers)
    quantize_model(int8, [load_digits().train_images[:10]])
    report = demo_report(fp32, int8)
    assert report["original_bytes"] < report["original_resident_bytes"]
    assert report["original_resident_bytes"] < report["original_bytes"] + 5000
    assert report["resident_ratio"] < 0.35
