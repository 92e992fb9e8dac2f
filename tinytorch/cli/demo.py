"""The main job in one call: quantize the shipped digit classifier and measure what that does."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from tinytorch.cli.demo_figure import demo_figure
from tinytorch.cli.tables import layer_entries, layer_table, line
from tinytorch.core.layers import Sequential
from tinytorch.core.training import accuracy
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.perf.analysis import bit_width_sweep, prediction_flips
from tinytorch.perf.deploy import compile_model
from tinytorch.perf.profiling import resident_bytes, seconds
from tinytorch.perf.quantization import analyze_model_sizes, quantize_model

CALIBRATION_IMAGES = 100


def demo_models() -> tuple[Sequential, Sequential]:
    """The shipped FP32 network, and the same network quantized and calibrated."""
    fp32_model, int8_model = load_digits_model(), load_digits_model()
    quantize_model(int8_model, [load_digits().train_images[:CALIBRATION_IMAGES]])
    return fp32_model, int8_model


def demo_report(fp32_model: Sequential, int8_model: Sequential) -> dict[str, Any]:
    """Measure both models on the held-out digits.

    Args:
        fp32_model: the network before quantization.
        int8_model: the network after it.

    Returns:
        A dict of fp32_accuracy, int8_accuracy (0 to 1), flips, images, accuracy_loss_bound (see
        `prediction_flips`); original_bytes, quantized_bytes, compression_ratio (original /
        quantized, from nbytes); original_resident_bytes, quantized_resident_bytes,
        resident_ratio (quantized / original, from the allocator); fp32_seconds, int8_seconds
        (median, all images in one batch); engine_seconds, of the INT8 network in ONNX Runtime, None
        where that is not installed; calibration_images; and layers, see `layer_entries`.
    """
    digits = load_digits()

    def timed(model: Any) -> float:
        # Threads of NumPy's BLAS wait busily for a while after a product: the first calls of
        # another engine compete with them.
        return seconds(lambda: model(digits.test_images), repeats=15, warmup=20)

    try:
        engine = compile_model(int8_model)
    except ImportError:
        engine = None
    flips = prediction_flips(fp32_model, int8_model, digits.test_images, digits.test_labels)
    sizes = analyze_model_sizes(fp32_model, int8_model)
    resident = [
        resident_bytes(lambda: copy.deepcopy(fp32_model)),
        resident_bytes(lambda: copy.deepcopy(int8_model)),
    ]
    return {
        **{key: flips[key] for key in ("fp32_accuracy", "int8_accuracy", "flips", "images")},
        "accuracy_loss_bound": flips["accuracy_loss_bound"],
        **{key: sizes[key] for key in ("original_bytes", "quantized_bytes", "compression_ratio")},
        "original_resident_bytes": resident[0],
        "quantized_resident_bytes": resident[1],
        "resident_ratio": resident[1] / resident[0],
        "fp32_seconds": timed(fp32_model),
        "int8_seconds": timed(int8_model),
        "engine_seconds": None if engine is None else timed(engine),
        "calibration_images": CALIBRATION_IMAGES,
        "layers": layer_entries(fp32_model, int8_model, digits.test_images),
    }


def demo_text(report: dict[str, Any]) -> str:
    """The report as one table of at most 80 columns."""
    widths = [layer["shape"][0] for layer in report["layers"]]
    network = "-".join(map(str, [*widths, report["layers"][-1]["shape"][1]]))
    of_all = f"of {report['images']:,}"
    lines = [
        f"INT8 quantization of the digit classifier {network}",
        f"calibrated on {report['calibration_images']} training images, "
        f"tested on {report['images']:,} held-out images",
        "",
        f"{'':<34}{'FP32':>12}{'INT8':>12}{'INT8/FP32':>12}",
        line("accuracy", report["fp32_accuracy"], report["int8_accuracy"], "{:.2%}", ratio=False),
        f"{'predictions that flipped':<34}{'':>12}{report['flips']:>12}{of_all:>12}",
        line("parameter bytes (nbytes)", report["original_bytes"], report["quantized_bytes"]),
        line(
            "resident bytes (tracemalloc)",
            report["original_resident_bytes"],
            report["quantized_resident_bytes"],
        ),
        line(
            f"milliseconds for {report['images']:,} images",
            1e3 * report["fp32_seconds"],
            1e3 * report["int8_seconds"],
            "{:.2f}",
        ),
        *_engine_lines(report),
        "",
        *layer_table(report["layers"]),
    ]
    lines += [
        "",
        f"The parameters take {report['compression_ratio']:.2f}x fewer bytes. NumPy has no integer "
        "matrix product, so",
        "here INT8 saves memory and not time; an INT8 engine saves both.",
        "SQNR is of a layer's whole output, worst that of the one output where it is",
        "lowest.",
        f"With 95 % confidence the loss of accuracy is below "
        f"{100 * report['accuracy_loss_bound']:.2f} percentage points.",
    ]
    return "\n".join(line.rstrip() for line in lines)


def _engine_lines(report: dict[str, Any]) -> list[str]:
    if report["engine_seconds"] is None:
        return ["  in an INT8 engine (pip install '.[deploy]' shows it)"]
    fp32, engine = 1e3 * report["fp32_seconds"], 1e3 * report["engine_seconds"]
    return [line("  with INT8 in ONNX Runtime", fp32, engine, "{:.2f}")]


def demo_plot(fp32_model: Sequential, int8_model: Sequential, path: str | Path) -> None:
    """Write a figure of the first layer's weights and of the bit widths 8 to 2.

    Raises:
        ImportError: if matplotlib is not installed.
        OSError: if the file cannot be written.
        ValueError: if the file's ending names no image format.
    """
    digits = load_digits()
    sweep = bit_width_sweep(
        fp32_model,
        digits.test_images,
        digits.test_labels,
        calibration_data=[digits.train_images[:CALIBRATION_IMAGES]],
    )
    fp32_accuracy = accuracy(fp32_model, digits.test_images, digits.test_labels)
    figure = demo_figure(fp32_model.layers[0], int8_model.layers[0], sweep, fp32_accuracy)
    figure.savefig(path, dpi=120)
