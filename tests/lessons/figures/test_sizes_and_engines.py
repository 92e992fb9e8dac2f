"""Figures of bytes, files and time show right numbers, whoever wrote the quantized layer."""

import sys

import numpy as np
import pytest
import textbook
from lessons.figures.reading import heights, line

from tinytorch import Linear, Sequential, Tensor, experiments
from tinytorch.lessons.quantization.figures.layers import resident_bytes as sizes
from tinytorch.lessons.quantization.figures.production import engine, files, integers
from tinytorch.lessons.quantization.figures.production import speed as timing
from tinytorch.perf.quantization import QuantizedLinear


def quantize_but_keep_the_layers(model, calibration_data=None):
    model.layers = [textbook.QuantizedLinear(layer) for layer in model.layers]


def test_a_retained_fp32_layer_shows_and_compression_rises_towards_four(figures):
    fp32, chapter, ours = heights(figures["bytes_really_gone"].axes[0])
    assert fp32 == pytest.approx(3 * 4 * (512 * 512 + 512) / 1e6, rel=0.02)
    assert ours / 0.3 <= fp32 <= chapter / 1.2
    numbers = sizes.measure_bytes(quantize_but_keep_the_layers)
    assert numbers["resident"]["quantize_model"] >= 1.2 * numbers["resident"]["FP32"]
    assert numbers["ratios"] == pytest.approx(numbers["chapter_ratios"])
    _, ratios = line(figures["bytes_really_gone"].axes[1], "quantize_model")
    assert ratios[0] == pytest.approx(8 / 18)
    assert np.all(np.diff([*ratios, 4.0]) > 0)
    assert ratios[-1] > 3.9


def test_networks_compress_as_their_sizes_say(figures):
    ratios = heights(figures["sizes_of_models"].axes[0])
    before, after = np.split(np.array(heights(figures["sizes_of_models"].axes[1])), 2)
    assert before.tolist() == [92, 26_280, 940_584, 8_396_800]
    # A byte per parameter, and 8 for each weight's and each bias's scale and zero point.
    assert after.tolist() == [23 + 32, 6_570 + 48, 235_146 + 48, 2_099_200 + 32]
    assert ratios == pytest.approx(before / after)


def test_sizes_are_those_that_the_students_function_returns():
    told = {"original_bytes": 800.0, "quantized_bytes": 400.0, "memory_saved_mb": 7.0}
    told |= {"compression_ratio": 3.5, "original_params": 200, "quantized_params": 200}
    told["memory_saved_percent"] = 50.0
    figure = experiments.sizes_of_models(analyze_model_sizes=lambda *models: told)
    assert heights(figure.axes[0]) == [3.5] * 4
    assert heights(figure.axes[1]) == [800.0] * 4 + [400.0] * 4
    assert "7.00 MB" in figure.axes[1].get_title()


def test_the_int8_file_has_a_quarter_of_the_bytes_whoever_wrote_the_layer(figures, monkeypatch):
    own_class = type("OwnLinear", (QuantizedLinear,), {})  # which `save` does not know

    def own(model):
        model.layers = [own_class(layer) for layer in model.layers]

    fp32, int8 = heights(figures["file_size_and_load_time"].axes[0])
    assert fp32 == pytest.approx(4 * 4 * (1024 * 1024 + 1024) / 1e6, rel=0.001)
    monkeypatch.setattr(files, "SECONDS", 0.0)
    assert 1e-6 * files.measure_files(own)["INT8"]["bytes"] == pytest.approx(int8, rel=0.001)
    assert int8 == pytest.approx(fp32 / 4, rel=0.001)


def test_speed_leaves_onnx_runtime_out_where_it_is_missing(figures, monkeypatch):
    assert [(len(h), h[0]) for h in map(heights, figures["speed"].axes)] == [(6, 1), (6, 1)]
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setattr(timing, "SECONDS", 0.0)
    assert [len(heights(axis)) for axis in experiments.speed().axes] == [5, 5]


def test_onnx_runtime_computes_what_the_layer_computes():
    rng = np.random.default_rng(0)
    layer, x = QuantizedLinear(Linear(30, 7, rng=rng)), Tensor(rng.normal(size=(4, 30)))
    layer.calibrate([x])
    assert np.array_equal(engine.in_engine(Sequential(layer))(x.data), layer(x).data)


def test_a_model_in_the_engine_gives_the_same_numbers_and_says_so(figures):
    found = engine.measure_engine()
    assert found["outputs"].shape == (2000, 10)
    assert found["outputs"].tobytes() == found["engine_outputs"].tobytes()
    assert np.array_equal(found["outputs"], found["own_outputs"])
    assert min(found["fp32_seconds"].min(), found["int8_seconds"].min()) > 0
    assert figures["production_engine"].axes[0].get_title().endswith("the two: 0")


def test_without_the_engine_the_figure_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    shown = repr(experiments.production_engine())
    assert shown.startswith("This figure waits for: ONNX Runtime. Run %pip install onnx")


def test_all_codes_of_the_integer_network_are_those_of_onnx_runtime(figures):
    found = integers.measure_integers()
    assert found["engine"] == "ONNX Runtime"
    assert [codes.shape for codes in found["codes"]] == [(2000, 256), (2000, 128), (2000, 10)]
    for codes, theirs in zip(found["codes"], found["engine_codes"], strict=True):
        assert codes.dtype == theirs.dtype == np.int8
        assert np.array_equal(codes, theirs)
    assert found["right"] > 0.98
    assert 2**15 < max(found["largest_sums"]) < 2**31
    assert figures["integers_all_the_way"].axes[0].get_title() == "All 788,000 codes are equal"


def test_integers_that_are_cut_off_show_as_other_codes():
    def cut_off(q_x, x_zero, q_weight, weight_zero, q_bias, multiplier, y_zero):
        x = q_x.data.astype(np.float64) - x_zero
        sums = x @ (q_weight.data.astype(np.float64) - weight_zero) + q_bias.data
        return Tensor(np.clip(np.floor(sums * multiplier) + y_zero, -128, 127).astype(np.int8))

    title = experiments.integers_all_the_way(integer_linear=cut_off).axes[0].get_title()
    assert "All" not in title
    assert title.endswith("of 788,000 codes are equal")


def test_without_onnx_runtime_the_integers_are_compared_with_the_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    found = integers.measure_integers()
    assert found["engine"].startswith("the library")
    assert np.array_equal(found["codes"][-1], found["engine_codes"][-1])


def test_the_engines_own_quantizer_gives_the_same_numbers(figures):
    sizes, accuracies, times, table = figures["static_quantization"].axes
    assert table.get_title() == "Two quantizers, the same zero points: all codes are equal"
    fp32, yours, theirs = heights(sizes)
    assert yours < 0.26 * fp32
    assert theirs < 0.26 * fp32
    assert all(height > 98 for height in heights(accuracies))
    assert all(height > 0 for height in heights(times))
