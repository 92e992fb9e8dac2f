"""`tinytorch demo` as its user sees it."""

import json
import subprocess
import sys

import numpy as np
import pytest

import tinytorch
from tinytorch.cli import main
from tinytorch.datasets import load_digits, load_digits_model
from tinytorch.perf.quantization import quantize_model

PNG = b"\x89PNG\r\n\x1a\n"


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "tinytorch", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def report():
    done = run("demo", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_the_table_fits_80_columns_and_has_every_figure():
    done = run("demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert done.stdout.isascii()
    for part in (
        "accuracy",
        "flipped",
        "nbytes",
        "tracemalloc",
        "milliseconds",
        "zero point",
        "dB",
    ):
        assert part in done.stdout


def test_the_json_has_the_promised_keys(report):
    assert set(report) >= {
        "fp32_accuracy",
        "int8_accuracy",
        "flips",
        "images",
        "original_bytes",
        "quantized_bytes",
        "compression_ratio",
        "resident_ratio",
        "layers",
    }
    assert [layer["shape"] for layer in report["layers"]] == [[784, 256], [256, 128], [128, 10]]
    assert set(report["layers"][0]) >= {"name", "shape", "scale", "zero_point", "sqnr_db"}


def test_the_json_agrees_with_a_direct_computation(report):
    digits, model = load_digits(), load_digits_model()
    fp32 = np.asarray(model(digits.test_images)).argmax(axis=1)
    quantize_model(model, [digits.train_images[:100]])
    int8 = np.asarray(model(digits.test_images)).argmax(axis=1)
    assert report["images"] == len(fp32)
    assert report["flips"] == np.sum(fp32 != int8)
    assert report["fp32_accuracy"] == np.mean(fp32 == digits.test_labels)
    assert report["int8_accuracy"] == np.mean(int8 == digits.test_labels)
    codes = 784 * 256 + 256 + 256 * 128 + 128 + 128 * 10 + 10
    assert (report["original_bytes"], report["quantized_bytes"]) == (4 * codes, codes + 6 * 8)
    assert report["layers"][1]["scale"] == model.layers[2].weight_scale
    assert report["layers"][1]["zero_point"] == model.layers[2].weight_zero_point
    assert report["layers"][1]["sqnr_db"] > 35


def test_resident_bytes_are_measured_and_not_derived(report):
    # Python's objects come on top of the arrays, in both models.
    assert (
        report["original_bytes"]
        < report["original_resident_bytes"]
        < 1.01 * report["original_bytes"]
    )
    assert report["quantized_bytes"] < report["quantized_resident_bytes"]
    assert 0.25 < report["resident_ratio"] < 0.27


def test_the_plot_is_an_image(tmp_path):
    path = tmp_path / "figure.png"
    done = run("demo", "--plot", str(path))
    assert done.returncode == 0
    assert path.read_bytes().startswith(PNG)
    assert path.stat().st_size > 50_000
    assert f"figure written to {path}" in done.stderr


def test_a_path_that_cannot_be_written_is_one_clear_line(tmp_path):
    done = run("demo", "--plot", str(tmp_path / "missing" / "figure.png"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("tinytorch demo: ")
    assert "figure.png" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_matplotlib_the_plot_names_the_extra(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main(["demo", "--plot", "figure.png"]) == 1
    assert "pip install '.[learn]'" in capsys.readouterr().err


def test_no_command_is_a_usage_error():
    done = run()
    assert done.returncode == 2
    assert "usage: tinytorch" in done.stderr


@pytest.mark.parametrize("name", ["figure", ".", ""])
def test_a_plot_needs_a_file_name_with_an_ending(name):
    done = run("demo", "--plot", name)
    assert done.returncode == 2
    assert f"expected a file name such as figure.png, got {name!r}" in done.stderr


def test_a_reader_who_stops_early_gets_no_error():
    code = "import sys; from tinytorch.cli import main; sys.exit(main(['demo']))"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_the_version_is_told():
    assert run("--version").stdout == f"tinytorch {tinytorch.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected either FOLDER or --site FOLDER"),
        (["here", "--site", "there"], "expected either FOLDER or --site FOLDER"),
        (["here", "--pyodide", "pyodide.tar.bz2"], "--pyodide is for a site"),
        (["--site", "there", "--answer-key", "key.py"], "no --answer-key"),
        (["--students", "here", "--site", "there"], "some of --students FOLDER|ZIP, --nbgrader"),
        (["--gradescope", "folder"], "Gradescope takes a .zip, not folder"),
    ],
)
def test_release_writes_the_files_or_a_site_and_never_answers_into_a_site(
    arguments, message, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert main(["release", *arguments]) == 1
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
