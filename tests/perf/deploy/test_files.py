"""Model files: the same bits come back, and a failed write harms nothing.

Files that are whole but say something wrong are in `test_bad_files.py`.
"""

import json
import os
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from perf.deploy.models_to_save import MODELS, NEW_IN_2, linear, quantized, state, wrapped

from tinytorch.core.layers import Linear, ReLU, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.perf.deploy import load, save

MEGABYTE = 1 << 20


@pytest.mark.parametrize("name", MODELS)
def test_a_model_comes_back_bit_for_bit_and_numpy_reads_the_file_without_pickle(name, path):
    model, before = MODELS[name](), state(MODELS[name]())
    save(model, str(path))
    again, written = load(str(path)), path.read_bytes()
    assert state(again) == state(model) == before
    save(again, path)
    assert path.read_bytes() == written
    with zipfile.ZipFile(path) as archive:  # the time of writing is not in the file
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    with np.load(path, allow_pickle=False) as archive:
        head, *arrays = (archive[file] for file in archive.files if "scale" not in file)
    assert json.loads(head.tobytes())["version"] == (2 if name in NEW_IN_2 else 1)
    assert [array.tobytes() for array in arrays] == [p.data.tobytes() for p in model.parameters()]


@pytest.mark.parametrize("size", [256, 1024])
def test_an_int8_file_takes_at_most_27_hundredths_of_the_fp32_file(size, tmp_path):
    save(Sequential(linear(size)), tmp_path / "fp32.npz")
    save(Sequential(quantized(size=size)), tmp_path / "int8.npz")
    fp32, int8 = ((tmp_path / f"{name}.npz").stat().st_size for name in ("fp32", "int8"))
    assert int8 <= 0.27 * fp32


def test_loading_takes_little_more_memory_than_the_file_has_bytes(path):
    save(Sequential(linear(1024)), path)
    tracemalloc.start()
    load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < path.stat().st_size + MEGABYTE


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("place", ["write_array", "fsync", "replace"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(place, error, path, monkeypatch):
    save(Sequential(linear()), path)
    before, module = path.read_bytes(), np.lib.format if place == "write_array" else os
    real, calls = getattr(module, place), []

    def fail(*args, **options):
        calls.append(place)
        if calls != ["write_array"]:  # the first array is written, the second one fails
            raise error
        real(*args, **options)

    monkeypatch.setattr(module, place, fail)
    with pytest.raises(type(error)):
        save(Sequential(quantized()), path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_crash_in_the_middle_of_a_write_leaves_the_old_file(path):
    save(Sequential(linear()), path)
    crash = """if True:
        import os, sys, numpy
        from tinytorch.perf.deploy import load, save
        model, real = load(sys.argv[1]), numpy.lib.format.write_array
        numpy.lib.format.write_array = lambda *a, **options: (real(*a, **options), os._exit(7))
        save(model, sys.argv[1])"""
    command = [sys.executable, "-c", crash, str(path)]
    assert subprocess.run(command, cwd=Path(__file__).parents[3]).returncode == 7
    assert state(load(path)) == state(Sequential(linear()))


def test_what_save_cannot_store_is_an_error_that_leaves_no_file(path):
    within, twice, special = Sequential(), Sequential(), type("Special", (Linear,), {})(2, 2)
    within.layers, twice.layers = [ReLU(), Sequential(within)], [twice, twice]
    for model in (linear(), [linear()], None, Sequential(lambda x: x), Sequential(special)):
        with pytest.raises(TypeError, match=r"save (expects a Sequential|can store Linear)"):
            save(model, path)
    for model in (within, twice, wrapped(65)):
        with pytest.raises(ValueError, match="nested more than 64 deep"):
            save(model, path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "name", "value", "problem"),
    [
        (linear, "weight", Tensor(np.ones((3, 2), np.int8)), "parameters must be float32"),
        (linear, "bias", Tensor(np.ones(7)), r"bias must have shape \(4,\), got shape \(7,\)"),
        (quantized, "weight_scale", float("nan"), "scale must be a finite float32"),
        (quantized, "weight_zero_point", 1000, "zero point must lie from -128 to 127"),
        (quantized, "q_bias", None, "bias: the codes must be an int8 Tensor"),
        (
            quantized,
            "q_weight",
            Tensor(np.ones((3, 2))),
            "the codes must be an int8 Tensor, got dtype float32",
        ),
    ],
)
def test_a_layer_whose_parts_do_not_fit_does_not_replace_a_good_file(
    kind, name, value, problem, path
):
    layer = kind()
    save(Sequential(layer), path)
    good = path.read_bytes()
    setattr(layer, name, value)
    with pytest.raises(ValueError, match=f"save: layer 0.*{problem}"):
        save(Sequential(layer), path)
    assert path.read_bytes() == good


def test_a_place_where_no_file_can_be_is_named(path):
    with pytest.raises(FileNotFoundError, match=r"no such folder.*missing"):
        save(Sequential(), path.parent / "missing" / "model.npz")
    with pytest.raises(OSError, match=f"not a file.*{path.parent.name}"):
        save(Sequential(), path.parent)
    if os.name == "posix":
        os.mkfifo(path)
        with pytest.raises(OSError, match=r"not a file.*model.npz"):
            save(Sequential(), path)
        assert path.is_fifo()


def test_a_name_as_long_as_the_system_allows_can_be_saved(path):
    long = path.with_name("m" * 251 + ".npz")
    save(Sequential(), long)
    assert load(long).layers == []
