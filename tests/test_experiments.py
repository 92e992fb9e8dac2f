"""The lesson's figures show right numbers, and other numbers for wrong implementations."""

import copy
import subprocess
import sys

import numpy as np
import pytest
import textbook

from tinytorch import Linear, ReLU, Sequential, Tensor, experiments
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.experiments import calibration, networks, outliers, rounding, sizes, timing, traps
from tinytorch.perf.observers import PercentileObserver
from tinytorch.perf.quantization import QuantizedLinear, choose_qparams, quantize_model


def floored(tensor):
    scale, zero_point = choose_qparams(float(tensor.data.min()), float(tensor.data.max()))
    codes = np.floor(tensor.data / scale) + zero_point
    return Tensor(np.clip(codes, -128, 127).astype(np.int8)), scale, zero_point


def quantize_but_keep_the_layers(model, calibration_data=None):
    model.layers = [textbook.QuantizedLinear(layer) for layer in model.layers]


def quantize_without_calibration(model, calibration_data=None):
    quantize_model(model)


@pytest.fixture(scope="module")
def figures():
    drawn = {name: getattr(experiments, name)() for name in experiments.__all__}
    assert all(figure._repr_png_().startswith(b"\x89PNG") for figure in drawn.values())
    return drawn


def heights(axis):
    return [bar.get_height() for container in axis.containers for bar in container]


def line(axis, label):
    return next(found for found in axis.lines if found.get_label() == label).get_xydata().T


@pytest.mark.parametrize("name", experiments.__all__)
def test_panels_have_titles_and_their_texts_do_not_collide(figures, name):
    figure = figures[name]
    assert figure.get_size_inches() == pytest.approx([10, 3.5], abs=0.4)
    assert all(axis.get_title() for axis in figure.axes)
    boxes = [axis.get_tightbbox() for axis in figure.axes]
    for position, box in enumerate(boxes):
        assert 0 <= box.x0 <= box.x1 <= figure.bbox.x1
        assert not any(box.overlaps(other) for other in boxes[:position])


def test_the_module_imports_no_optional_package():
    code = "import sys, tinytorch.experiments; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"matplotlib", "onnx", "onnxruntime"} & set(done.stdout.split())


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


def test_more_calibration_images_widen_the_scale_and_saturate_less():
    numbers = calibration.measure_calibration_samples()
    scale, saturated = (np.median(numbers[name], axis=1) for name in ("scale", "saturated"))
    assert scale[-1] > 1.3 * scale[0]
    assert saturated[0] > 0.005 > 0.0005 > saturated[-1]
    hidden = Sequential(load_digits_model().layers[:2])(load_digits().train_images)
    assert scale[-1] == pytest.approx(hidden.data.max() / 255, rel=0.05)
    with pytest.raises(ValueError, match="input_scale of layer 2"):
        experiments.calibration_samples(quantize_without_calibration)


def test_observers_trade_steps_against_outliers():
    results = outliers.measure_observers()
    minmax, percentile, mse = (results[name] for name in ("minmax", "percentile", "mse"))
    values = outliers.outlier_values()
    assert minmax["range"] == (values.min(), values.max())
    assert percentile["typical_sqnr_db"] > minmax["typical_sqnr_db"] + 6
    assert mse["sqnr_db"] >= max(minmax["sqnr_db"], percentile["sqnr_db"])
    noise = ((values.max() - values.min()) / 255) ** 2 / 12  # of values whose power is 1
    assert minmax["typical_sqnr_db"] == pytest.approx(-10 * np.log10(noise), abs=0.2)
    mine = experiments.observers_compared({"mine": lambda: PercentileObserver(99.0)})
    assert mine.axes[0].lines[0].get_xdata() == pytest.approx([-2.33, 2.33], abs=0.05)


def test_biased_calibration_costs_accuracy_or_sqnr(figures):
    good, _, dark = heights(figures["biased_calibration"].axes[0])
    assert good > 96 > 91 > dark
    decibels = heights(figures["biased_calibration"].axes[1])
    assert decibels[0] > decibels[1] + 10 > decibels[2] + 10
    ignored = calibration.measure_biased_calibration(quantize_without_calibration)
    assert len({row["accuracy"] for row in list(ignored.values())[1:]}) == 1


def test_the_cliff_is_at_two_bits_and_channels_soften_it(figures):
    panels = figures["bit_width_cliff"].axes
    accuracy, flips, decibels = ([row.get_ydata() for row in axis.lines] for axis in panels)
    assert min(accuracy[0][:4]) > 95 > 90 > accuracy[1][-1] > accuracy[0][-1]
    assert flips[0][-1] > 50 > 5 > flips[0][0]
    assert np.all(np.array(decibels[1]) > decibels[0])


def test_the_error_by_layer_is_the_noise_measured_directly():
    rng = np.random.default_rng(0)
    fp32 = Sequential(Linear(20, 16, rng=rng), ReLU(), Linear(16, 5, rng=rng))
    int8, x = copy.deepcopy(fp32), Tensor(rng.normal(size=(50, 20)))
    quantize_model(int8, [x])
    rows = networks.measure_error_by_layer(fp32, int8, x)
    exact, own = fp32(x).data, int8.layers[2](fp32.layers[1](fp32.layers[0](x))).data
    for key, other in (("own", own), ("total", int8(x).data)):
        percent = 100 * np.linalg.norm(exact - other) / np.linalg.norm(exact)
        assert rows[1][f"{key}_percent"] == pytest.approx(percent, rel=1e-4)
    same = experiments.error_by_layer(fp32, fp32, x).axes[0]
    assert [text.get_text() for text in same.texts] == ["exact"] * 4


def test_the_rescaled_network_collapses_and_is_rescued(figures):
    trained, int8, rescaled, worst, channels, rescued = heights(figures["three_fates"].axes[0])
    assert rescaled == trained > 96
    assert min(int8, rescued) > trained - 1
    assert worst + 10 < channels < trained - 10


def test_speed_leaves_onnx_runtime_out_where_it_is_missing(figures, monkeypatch):
    assert [(len(h), h[0]) for h in map(heights, figures["speed"].axes)] == [(5, 1), (5, 1)]
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setattr(timing, "SECONDS", 0.0)
    assert [len(heights(axis)) for axis in experiments.speed().axes] == [4, 4]


def test_onnx_runtime_computes_what_the_layer_computes():
    rng = np.random.default_rng(0)
    layer, x = QuantizedLinear(Linear(30, 7, rng=rng)), Tensor(rng.normal(size=(4, 30)))
    layer.calibrate([x])
    assert np.array_equal(timing.onnxruntime_forward(layer)(x), layer(x).data)


def test_the_int8_file_has_a_quarter_of_the_bytes_whoever_wrote_the_layer(figures):
    own_class = type("OwnLinear", (QuantizedLinear,), {})  # which `save` does not know

    def own(model):
        model.layers = [own_class(layer) for layer in model.layers]

    fp32, int8 = heights(figures["file_size_and_load_time"].axes[0])
    assert fp32 == pytest.approx(4 * 4 * (1024 * 1024 + 1024) / 1e6, rel=0.001)
    assert 1e-6 * sizes.measure_files(own)["INT8"]["bytes"] == pytest.approx(int8, rel=0.001)
    assert int8 == pytest.approx(fp32 / 4, rel=0.001)
