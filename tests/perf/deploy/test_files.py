"""Model files: the same bits come back, a failed write harms nothing, damage is found.

Files that are whole but say something wrong are in `test_deploy_bad_files.py`.
"""

import json
import os
import re
import subprocess
import sys
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tinytorch.core.layers import Linear, ReLU, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.perf.deploy import load, save
from tinytorch.perf.quantization.linear import QuantizedLinear

MEGABYTE = 1 << 20


def linear(size=4, bias=True):
    layer = Linear(size, size, bias, rng=np.random.default_rng(0))
    if bias:
        layer.bias = Tensor(np.random.default_rng(1).standard_normal(size))
    return layer


def quantized(bias=True, calibrated=False, size=4):
    layer = QuantizedLinear(linear(size, bias))
    if calibrated:
        layer.set_input_range(-1.0, 2.0)
    return layer


def unusual():
    """A transposed weight, so not contiguous, that holds every odd kind of float32."""
    layer = Linear(3, 2)
    layer.weight = Tensor(np.array([[np.nan, -0.0, 1e-45], [np.inf, -np.inf, 3]], np.float32).T)
    return layer


def shared():
    first, second = linear(), quantized()
    return Sequential(first, Sequential(second, first), second, ReLU(), second)


def wrapped(levels):
    return Sequential(wrapped(levels - 1) if levels else linear())


MODELS = {
    "empty": Sequential,
    "fp32": lambda: Sequential(linear(), ReLU(), linear(bias=False), unusual()),
    "int8 weight-only": lambda: Sequential(quantized(), ReLU(), quantized(bias=False)),
    "int8 calibrated": lambda: Sequential(quantized(True, True), quantized(False, True)),
    "nested": lambda: Sequential(Sequential(), linear(), Sequential(Sequential(ReLU()), ReLU())),
    "nested 64 deep": lambda: wrapped(64),
    "shared": shared,
}


def state(model):
    """All that a model is: nesting, types, bits, scales; a shared layer keeps its number."""
    numbers = {}

    def walk(item):
        if isinstance(item, Tensor):
            return item.dtype.str, item.shape, item.data.tobytes()
        if isinstance(item, Sequential):
            return [walk(layer) for layer in item.layers]
        if not isinstance(item, (Linear, QuantizedLinear, ReLU)):
            return type(item), item
        values = {name: walk(value) for name, value in vars(item).items()}
        return numbers.setdefault(id(item), len(numbers)), type(item), values

    return walk(model)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.npz"


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
        head, *arrays = (archive[file] for file in archive.files)
    assert json.loads(head.tobytes())["version"] == 1
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


def test_a_truncated_file_is_a_value_error_that_names_the_file(path):
    save(Sequential(linear(16), quantized(calibrated=True)), path)
    whole = path.read_bytes()
    for length in [*range(0, len(whole), 97), len(whole) - 1]:
        for piece in (whole[:length], whole[len(whole) - length :]):
            path.write_bytes(piece)
            with pytest.raises(ValueError, match=re.escape(str(path)) + " is not a .*file.*: ."):
                load(path)


def test_one_changed_byte_in_an_array_is_found_by_its_checksum(path):
    model = Sequential(linear(16), quantized(size=16))
    save(model, path)
    whole = path.read_bytes()
    for tensor in model.parameters():
        start = whole.index(tensor.data.tobytes())
        for place in range(start, start + tensor.nbytes, 31):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            with pytest.raises(ValueError, match=re.escape(str(path)) + ".* Bad CRC-32 .*'[01]"):
                load(path)


def test_a_mutated_file_gives_a_value_error_or_the_same_model_and_takes_little_memory(path):
    save(Sequential(linear(), ReLU(), Sequential(quantized(calibrated=True))), path)
    whole, before, rng = path.read_bytes(), state(load(path)), np.random.default_rng(0)
    tracemalloc.start()
    for number in range(10_000):
        start, stop = sorted(rng.integers(0, len(whole), 2))
        flipped = bytes([whole[start] ^ 1 << rng.integers(8)])
        mutants = [
            whole[:start] + flipped + whole[start + 1 :],
            whole[:start] + rng.bytes(9) + whole[start:],
            whole[:stop] + whole[start:],
            whole[:start] + whole[stop:],
            whole[:start],
        ]
        path.write_bytes(mutants[number % 5])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                same = state(load(path)) == before
            except ValueError as error:
                same = str(path) in str(error)
        assert same, f"mutant {number}"
        assert tracemalloc.get_traced_memory()[1] < 2 * MEGABYTE, f"mutant {number}"
    tracemalloc.stop()


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
