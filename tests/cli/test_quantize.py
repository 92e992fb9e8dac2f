"""`tinytorch quantize` and `tinytorch export` as their users see them."""

import io
import json
import os
import subprocess
import sys
import tracemalloc
import zipfile

import numpy as np
import onnxruntime
import pytest

from tinytorch.cli.quantize import quantize_file
from tinytorch.core.layers import Linear, ReLU, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.perf.deploy import load, save
from tinytorch.perf.quantization import quantize_model


def run(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "tinytorch", *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", timeout=60, cwd=folder,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    images = load_digits().train_images.data[:300]
    save(load_digits_model(), tmp_path / "digits.npz")
    np.savez(tmp_path / "images.npz", images=images, labels=load_digits().train_labels[:300])
    np.save(tmp_path / "images.npy", images)
    np.savez(tmp_path / "two.npz", images=images, more=images[:7])
    return tmp_path


def test_a_model_is_quantized_and_exported_from_the_command_line(folder):
    done = run(folder, "quantize", "digits.npz", "--calibration", "images.npz", "-o", "int8.npz")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("digits.npz -> int8.npz\ncalibrated on 300 samples\n")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "940,584     235,194        0.25" in done.stdout
    assert f"{(folder / 'int8.npz').stat().st_size:,}" in done.stdout
    expected = load_digits_model()
    quantize_model(expected, [load_digits().train_images[:300]])
    x = load_digits().test_images
    assert np.array_equal(load(folder / "int8.npz")(x).data, expected(x).data)

    done = run(folder, "export", "int8.npz", "int8.onnx")
    size = (folder / "int8.onnx").stat().st_size
    assert (done.returncode, done.stdout, done.stderr) == (0, f"int8.onnx: {size:,} bytes\n", "")
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(folder / "int8.onnx", options)
    assert np.array_equal(session.run(None, {"x": x.data})[0], expected(x).data)


def npy_of(shape):
    """The header of an .npy file of float32 numbers."""
    header = io.BytesIO()
    description = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, description)
    return header.getvalue()


@pytest.mark.parametrize("data", [["images.npy"], ["two.npz", "--array", "images"]])
def test_samples_may_be_one_array_or_one_of_several(folder, data):
    arguments = ["quantize", "digits.npz", "-o", "int8.npz", "--json", "--calibration", *data]
    done = run(folder, *arguments)
    report = json.loads(done.stdout)
    assert report["samples"] == 300
    assert report["quantized_file_bytes"] == (folder / "int8.npz").stat().st_size
    assert [layer["name"] for layer in report["layers"]] == ["0", "2", "4"]
    assert all(layer["sqnr_db"] > 35 for layer in report["layers"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.npz", "--calibration", "images.npz"], "missing.npz"),
        (["digits.npz", "--calibration", "missing.npz"], "missing.npz"),
        (["images.npz", "--calibration", "images.npz"], "not a valid tinytorch model file"),
        (["digits.npz", "--calibration", "two.npz"], "several arrays of two.npz fit"),
        (["digits.npz", "--calibration", "two.npz", "--array", "x"], "no array 'x'; it has images"),
        (["digits.npz", "--calibration", "narrow.npy"], r"of shape (samples, 784); it has narrow"),
        (["digits.npz", "--calibration", "pickled.npz"], "not an .npz or .npy file of numbers"),
        (["digits.npz", "--calibration", "nan.npy"], "NaN"),
        (["int8.npz", "--calibration", "images.npz"], "is it quantized already?"),
        (["digits.npz", "--calibration", "absurd.npy"], "not an .npz or .npy file of numbers"),
        (["digits.npz", "--calibration", "absurd.npz"], "not an .npz or .npy file of numbers"),
        (["digits.npz", "--calibration", "."], "this is a folder"),
        (["digits.npz", "--calibration", os.devnull], "is a device or a pipe"),
        (["digits.npz", "--calibration", "pipe"], "is a device or a pipe"),
        (["pipe", "--calibration", "images.npz"], "is a device or a pipe"),
        (["/dev/zero", "--calibration", "images.npz"], "is a device or a pipe"),
        (["digits.npz", "--calibration", "/dev/zero"], "is a device or a pipe"),
    ],
)
def test_what_does_not_fit_is_an_error_of_one_line_and_writes_nothing(folder, arguments, message):
    np.save(folder / "narrow.npy", np.ones((5, 783)))
    np.save(folder / "nan.npy", np.full((5, 784), np.nan))
    np.savez(folder / "pickled.npz", x=np.array([object()]))
    absurd = bytes(npy_of(shape=(10**12, 784)))
    (folder / "absurd.npy").write_bytes(absurd)
    with zipfile.ZipFile(folder / "absurd.npz", "w") as archive:
        archive.writestr("x.npy", absurd)
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe")
    int8 = load_digits_model()
    quantize_model(int8)
    save(int8, folder / "int8.npz")
    before = sorted(folder.iterdir())
    done = run(folder, "quantize", *arguments, "-o", "new.npz")
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["quantize", "digits.npz", "--calibration", "images.npz", "-o", "./digits.npz"],
        ["export", "digits.npz", "digits.npz"],
    ],
)
def test_a_model_is_never_replaced_by_what_is_made_of_it(folder, arguments):
    before = (folder / "digits.npz").read_bytes()
    done = run(folder, *arguments)
    assert done.returncode == 1
    assert "is the model itself" in done.stderr
    assert (folder / "digits.npz").read_bytes() == before


def test_more_samples_than_are_needed_are_not_read(folder, monkeypatch):
    monkeypatch.setattr("tinytorch.cli.quantize.MAX_SAMPLES_BYTES", 500_000)
    with pytest.raises(ValueError, match=r"takes 0.0 GB; at most 0 GB are read: some hundred sam"):
        quantize_file(folder / "digits.npz", folder / "8.npz", folder / "images.npz")
    assert not (folder / "8.npz").exists()


def test_images_are_flattened_and_that_is_said(folder):
    images = load_digits().train_images.data[:300]
    np.save(folder / "grids.npy", (images * 255).reshape(300, 28, 28).astype(np.uint8))
    done = run(folder, "quantize", "digits.npz", "--calibration", "grids.npy", "-o", "8.npz")
    assert done.returncode == 0, done.stderr
    assert "calibrated on 300 samples, each flattened from shape (28, 28)\n" in done.stdout
    expected = load_digits_model()
    quantize_model(expected, [Tensor((images * 255).astype(np.uint8).astype(np.float32))])
    assert load(folder / "8.npz").layers[2].input_scale == expected.layers[2].input_scale


def test_observer_and_granularity_are_those_that_were_asked_for(folder):
    asked = ["--observer", "percentile", "--granularity", "per_channel"]
    done = run(
        folder, "quantize", "digits.npz", "--calibration", "images.npz", "-o", "8.npz", *asked
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("per channel") == 3
    assert max(map(len, done.stdout.splitlines())) <= 80
    expected = load_digits_model()
    images = load_digits().train_images[:300]
    quantize_model(expected, [images], observer="percentile", granularity="per_channel")
    x = load_digits().test_images
    assert np.array_equal(load(folder / "8.npz")(x).data, expected(x).data)
    done = run(folder, "quantize", "digits.npz", "--calibration", "images.npz", "-o", "9.npz",
               "--granularity", "per_row")  # fmt: skip
    assert done.returncode == 2
    assert "invalid choice: 'per_row'" in done.stderr


@pytest.mark.parametrize("ending", ["npy", "npz"])
def test_only_the_wanted_array_is_read_and_a_part_of_it_converted_at_a_time(folder, ending):
    wanted = np.random.default_rng(0).integers(0, 255, (20_000, 784), np.uint8)
    path = folder / f"large.{ending}"
    if ending == "npy":
        np.save(path, wanted)
    else:
        np.savez(path, wanted=wanted, other=np.zeros((10**5, 64)))
    array = "wanted" if ending == "npz" else None
    peaks = [peak(folder, folder / "images.npz", "images"), peak(folder, path, array)]
    assert peaks[1] < peaks[0] + 8e6 + wanted.nbytes * (ending == "npz")


def peak(folder, calibration, array):
    tracemalloc.start()
    try:
        quantize_file(folder / "digits.npz", folder / "8.npz", calibration, array)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_samples_with_more_axes_are_rows(folder):
    rng = np.random.default_rng(0)
    save(Sequential(Linear(3, 2, rng=rng), ReLU()), folder / "small.npz")
    np.save(folder / "sequence.npy", rng.normal(size=(4, 5, 3)))
    done = run(folder, "quantize", "small.npz", "--calibration", "sequence.npy", "-o", "8.npz")
    assert "calibrated on 20 samples" in done.stdout
    assert load(folder / "8.npz")(Tensor(np.zeros((1, 3)))).shape == (1, 2)
