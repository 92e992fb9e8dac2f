"""Model files made wrong, by accident or on purpose: load refuses them and says why."""

import errno
import io
import json
import os
import pickle
import tracemalloc
import zipfile
from unittest.mock import Mock

import numpy as np
import pytest

from tinytorch.core.layers import Sequential
from tinytorch.perf.deploy import load, save

MEGABYTE = 1 << 20
MISSING = object()
WEIGHT, BIAS = np.zeros((3, 2), np.int8), np.zeros(2, np.int8)


def changed(start, changes):
    return {key: value for key, value in (start | changes).items() if value is not MISSING}


def members(arrays=(), entry=(), head=()):
    """The arrays of a good file with one int8 layer, after some changes."""
    layer = {"kind": "QuantizedLinear", "bias": True}
    for name in ("weight", "bias", "input"):
        layer |= {f"{name}_scale": 0.5, f"{name}_zero_point": 3}
    layers = [changed(layer, dict(entry))]
    start = {"format": "tinytorch", "version": 1, "layers": layers, "model": [0]}
    text = np.frombuffer(json.dumps(changed(start, dict(head))).encode(), np.uint8)
    good = {"tinytorch": text, "0.q_weight": WEIGHT, "0.q_bias": BIAS}
    return changed(good, dict(arrays))


def write(path, arrays, compression=zipfile.ZIP_STORED, **forged):
    """Write arrays or raw bytes by hand, or forge what the zip directory says of the last one."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as file:
                raw = isinstance(array, bytes)
                file.write(array) if raw else np.lib.format.write_array(file, array)
        for name, value in forged.items():
            setattr(archive.infolist()[-1], name, value)
    return path


def header(*shape):
    file = io.BytesIO()
    about = {"descr": "|i1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, about)
    return file.getvalue()


def refused(path, problem):
    """Check that load names the file and the problem, and allocates little."""
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=problem) as caught:
            load(path)
        assert tracemalloc.get_traced_memory()[1] < path.stat().st_size + MEGABYTE
    finally:
        tracemalloc.stop()
    assert str(path) in str(caught.value)
    assert not str(caught.value).endswith(": ")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.npz"


def test_the_handmade_file_is_good_until_it_is_changed(path):
    (layer,) = load(write(path, members())).layers
    assert (layer.weight_scale, layer.bias_zero_point, layer.q_weight.shape) == (0.5, 3, (3, 2))


NAN, INF, HUGE = float("nan"), float("inf"), 10**400
SCALES = [NAN, INF, -1, 0, 1e39, HUGE, None, "1", True, MISSING]
ZERO_POINTS = [128, -129, HUGE, 0.0, None, "0", False, MISSING]
WEIGHT_ONLY = {"kind": "QuantizedLinear", "weight_scale": 0.5, "weight_zero_point": 3}
NAMES = ("weight", "bias", "input")
BEGIN, DTYPE = "does not begin as a saved array", "should hold int8 in C order, has dtype"
DEEP = [b"[" * 10**5, b'{"":' * 10**5]
# What is changed, the new values, and what the error says of each.
CHANGES = [
    ("head", "format", ["onnx", MISSING], "is not tinytorch's"),
    ("head", "version", [3, 10**9], "install a newer tinytorch"),
    ("head", "version", ["1", True, 0, -1, 1.0, None, MISSING], "format version is"),
    ("head", "layers", [{}, "0", None, MISSING], "no list 'layers'"),
    (
        "head",
        "layers",
        [[{"kind": "QuantizedLinear", "bias": True}]],
        "0: .*weight: codes need a scale",
    ),
    ("head", "layers", [[WEIGHT_ONLY | {"bias": True}]], "0: .*bias: "),
    ("head", "layers", [[7], [None], [[]]], "layer 0 is described by a"),
    ("head", "model", [{}, 0, None, MISSING], "no list 'model'"),
    ("head", "model", [[bad] for bad in (1, -1, True, 0.0, "0", None, {})], "names layer .* of 1"),
    ("head", "model", [json.loads("[" * 66 + "]" * 66)], "nested more than 64 deep"),
    ("entry", "kind", ["Conv2d", None, ["ReLU"], 1, MISSING], "layer 0 has the unknown kind"),
    ("entry", "float_bias", [1, None, "yes"], "layer 0 has no float32 bias, and says"),
    ("entry", "float_bias", [True], "0.bias.npy is missing"),
    (
        "entry",
        "shared",
        [{"weight": bad} for bad in (0, 1, -1, True, None, "0", [])],
        "layer 0 shares the q_weight of layer .*, which has none",
    ),
    ("entry", "weight_scale", ["float32", "float64"], "0.weight_scale.npy is missing"),
    ("entry", "weight_scale", ["int8", "F32"], "weight: the scale must be a number, got str"),
    (
        "head",
        "layers",
        [[{"kind": "Dropout", "p": bad}] for bad in (1, -1, None, "0", NAN)],
        "layer 0: ",
    ),
    ("entry", "bias", [None, 1, "yes", MISSING], "layer 0 does not say whether it has a bias"),
    ("entry", "bias", [False], "0: .*bias: "),
    *(("entry", f"{name}_scale", SCALES, f"0: .*{name}: the scale") for name in NAMES),
    *(("entry", f"{name}_zero_point", ZERO_POINTS, f"0: .*{name}: the zero") for name in NAMES),
    ("arrays", "tinytorch", [MISSING], "no entry tinytorch.npy"),
    ("arrays", "tinytorch", [np.frombuffer(t, "u1") for t in (b"1", b"[]")], "is not tinytorch's"),
    ("arrays", "tinytorch", [np.zeros(1 << 24, np.uint8)], "layers is too large"),
    ("arrays", "tinytorch", [np.frombuffer(t, "u1") for t in (b"{", b"\xff", *DEEP)], "be read"),
    ("arrays", "0.q_weight", [MISSING], "0.q_weight.npy is missing"),
    ("arrays", "0.q_weight", [WEIGHT.astype(kind) for kind in ("f4", "u1", "i2")], DTYPE),
    ("arrays", "0.q_weight", [np.asfortranarray(WEIGHT)], DTYPE + ".* fortran_order True"),
    ("arrays", "0.q_weight", [WEIGHT[0], WEIGHT[:0], WEIGHT[None]], "2 axes and some elements"),
    ("arrays", "0.q_weight", [header(10**12, 10**12)], "which takes 10{24} bytes, but holds 0"),
    ("arrays", "0.q_bias", [MISSING], "0.q_bias.npy is missing"),
    (
        "arrays",
        "0.q_bias",
        [np.zeros(3, np.int8)],
        r"bias: the codes must have shape \(2,\), got shape \(3,\)",
    ),
    ("arrays", "0.q_bias", [b"", header(2)[:9], header("2"), b"X" + header(2)[1:]], BEGIN),
    ("arrays", "0.q_bias", [header(-2)], "1 axes and some elements"),
    ("arrays", "0.q_bias", [np.zeros(2, [("x", "i1")])], DTYPE),
    ("arrays", "1.weight", [WEIGHT], "1.weight.npy belongs to no layer"),
]


@pytest.mark.parametrize(("part", "key", "values", "problem"), CHANGES)
def test_a_file_that_says_something_wrong_is_refused(part, key, values, problem, path):
    for value in values:
        refused(write(path, members(**{part: {key: value}})), problem)


def test_scales_per_channel_are_read_and_checked(path):
    entry = {"weight_scale": "float32", "weight_zero_point": 0}
    good = np.float32([0.5, 2.0])
    (layer,) = load(write(path, members({"0.weight_scale": good}, entry))).layers
    assert layer.weight_scale.tolist() == [0.5, 2.0]
    for scales, problem in (
        (good[:1], r"the scales must have shape \(2,\), got \(1,\)"),
        (good * np.float32([1, 0]), "above zero, got 0.0 at 1"),
        (good.astype("f8"), "should hold float32"),
    ):
        refused(write(path, members({"0.weight_scale": scales}, entry)), problem)
    refused(
        write(path, members({"0.weight_scale": good}, entry | {"weight_zero_point": 3})),
        "zero point must be 0 per channel, got 3",
    )


def test_a_forged_zip_directory_is_refused(path):
    refused(write(path, members(), CRC=0), "CRC-32")
    refused(write(path, members(), flag_bits=1), "compressed or encrypted")
    refused(write(path, members(), compress_type=99), "compressed or encrypted")
    refused(write(path, members(), file_size=10**9), "compressed or encrypted")
    refused(write(path, members(), file_size=10**9, compress_size=10**9), "claim more bytes")
    beyond = members({"0.q_bias": header(250) + b"\0\0"})
    forged = {"file_size": len(header(250)) + 250, "compress_size": len(header(250)) + 250}
    refused(write(path, beyond, **forged), "ends early|Overlapped")  # newer Pythons notice sooner
    refused(write(path, members(), header_offset=2**63), "offset")
    refused(write(path, members(), extract_version=99), "version 9.9")
    for name in ("0.q_weight.npy", "0.q_weight"):
        refused(write(path, members(), filename=name), "two entries have the same name")


def test_compressed_entries_are_refused_before_they_are_unpacked(path):
    refused(write(path, members(), zipfile.ZIP_DEFLATED), "is compressed")
    np.savez_compressed(path, tinytorch=np.zeros(100 * MEGABYTE, np.uint8))
    refused(path, "entry tinytorch.npy is compressed")


def test_nothing_in_a_file_is_executed(path):
    marker = path.with_name("executed")
    trap = type("Trap", (), {"__reduce__": lambda self: (os.mkdir, (str(marker),))})()
    path.write_bytes(pickle.dumps(trap))
    refused(path, "not a zip file")
    for name in ("tinytorch", "0.q_weight"):
        refused(write(path, members({name: np.full((3, 2), trap)})), r"has dtype '\|O'")
    assert not marker.exists()
    pickle.loads(pickle.dumps(trap))
    assert marker.exists()  # the trap works where a pickle is read


def test_a_failing_disk_is_an_os_error(path, monkeypatch):
    save(Sequential(), path)
    failing = OSError(errno.EIO, "the disk fails")
    monkeypatch.setattr(zipfile.ZipFile, "open", Mock(side_effect=failing))
    with pytest.raises(OSError, match="the disk fails"):
        load(path)


def test_what_is_no_model_file_is_a_value_error_or_an_os_error(path):
    for content in (b"", b"a text file\n" * 50, np.random.default_rng(0).bytes(5000), b"PK\5\6"):
        path.write_bytes(content)
        refused(path, "is not a tinytorch model file")
    with pytest.raises(FileNotFoundError):
        load(path.with_name("missing.npz"))
    path.unlink()
    path.mkdir()
    for action in (load, lambda folder: save(Sequential(), folder)):
        with pytest.raises(OSError):  # which one it is depends on the system
            action(path)
    assert list(path.parent.iterdir()) == [path]
