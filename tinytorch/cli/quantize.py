"""Model files in, model files out: what `tinytorch quantize` does."""

from __future__ import annotations

import copy
import math
import struct
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from tinytorch.cli.tables import layer_entries, layer_table, line
from tinytorch.core.layers import leaf_layers
from tinytorch.core.structure import is_linear
from tinytorch.core.system import regular_file
from tinytorch.core.tensor import Tensor
from tinytorch.perf.deploy import load, save
from tinytorch.perf.quantization import analyze_model_sizes, quantize_model

BATCH = 256  # samples that pass through the model at a time
COMPARED = 1000  # samples that the layers' error is measured on
MAX_SAMPLES_BYTES = 2_000_000_000
Header = tuple[tuple[int, ...], np.dtype[Any]]  # shape and dtype of an array


def quantize_file(
    source: Path, output: Path, calibration: Path, array: str | None = None, **choices: str
) -> dict[str, Any]:
    """Quantize and calibrate a model that is in a file, and write it to another one.

    Args:
        source: an FP32 model that `save` wrote.
        output: where to write the INT8 model.
        calibration: samples, see `read_samples`.
        array: the name of the array in it.
        choices: observer and granularity, as of `quantize_model`.

    Returns:
        A dict of samples; flattened, the shape of one if it had to be; original_bytes and
        quantized_bytes of the parameters (nbytes); original_file_bytes and quantized_file_bytes;
        and layers, see `layer_entries`, on the first 1,000 samples.

    Raises:
        OSError: if a file cannot be read or written; an old output is then still there.
        ValueError: if a file holds something else, or the output would replace the model; there is
            no output then.
    """
    if output.exists() and output.samefile(source):
        raise ValueError(f"{output} is the model itself: choose another name with -o")
    model = load(source)
    linears = [layer for _, layer in leaf_layers(model) if is_linear(layer)]
    if not linears:
        raise ValueError(f"{source} holds no FP32 Linear layer: is it quantized already?")
    features = linears[0].in_features
    stored = read_samples(calibration, features, array)
    samples = stored.reshape(-1, features)
    original = copy.deepcopy(model)
    starts = range(0, len(samples), BATCH)
    batches = (Tensor(samples[start : start + BATCH].astype(np.float32)) for start in starts)
    quantize_model(model, batches, **choices)  # type: ignore[arg-type]
    save(model, output)
    sizes = analyze_model_sizes(original, model)
    return {
        "samples": len(samples),
        "flattened": None if stored.shape[-1] == features else list(stored.shape[1:]),
        **{key: sizes[key] for key in ("original_bytes", "quantized_bytes")},
        "original_file_bytes": source.stat().st_size,
        "quantized_file_bytes": output.stat().st_size,
        "layers": layer_entries(original, model, Tensor(samples[:COMPARED].astype(np.float32))),
    }


def read_samples(path: Path, features: int, array: str | None = None) -> NDArray[Any]:
    """Read calibration samples, and no other array of the file.

    Args:
        path: a .npz or .npy file of NumPy, without pickled objects.
        features: numbers in a sample.
        array: the name of the array in a .npz file; by default the only one that fits.

    Returns:
        An array as it is stored, of shape (..., features) or (samples, ...) with as many numbers in
        a sample.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if no array fits, or several do.
    """
    regular_file(path)
    try:
        headers = _headers(path)
        there = ", ".join(f"{name}: {dtype} {shape}" for name, (shape, dtype) in headers.items())
        if array is not None and array not in headers:
            raise _NoArrayError(f"{path} has no array {array!r}; it has {there or 'none'}")
        fitting = [
            name
            for name, (shape, dtype) in headers.items()
            if array in (None, name) and dtype.kind in "fiu" and 0 not in shape
            if len(shape) >= 2 and features in (shape[-1], math.prod(shape[1:]))
        ]
        if len(fitting) > 1:
            raise _NoArrayError(f"several arrays of {path} fit; choose one with --array: {there}")
        if not fitting:
            expected = f"an array of numbers of shape (samples, {features})"
            raise _NoArrayError(f"{path} should have {expected}; it has {there or 'none'}")
        (name,) = fitting
        size = math.prod(headers[name][0]) * headers[name][1].itemsize
        if size > MAX_SAMPLES_BYTES:
            raise _NoArrayError(
                f"{name} in {path} takes {size / 1e9:.1f} GB; at most "
                f"{MAX_SAMPLES_BYTES / 1e9:.0f} GB are read: some hundred samples are enough"
            )
        if zipfile.is_zipfile(path):
            with np.load(path, allow_pickle=False) as archive:
                return archive[name]
        return np.load(path, allow_pickle=False, mmap_mode="r")
    except _NoArrayError:
        raise
    except (ValueError, EOFError, struct.error, NotImplementedError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is not an .npz or .npy file of numbers, or damaged") from error


class _NoArrayError(ValueError):
    """A file is sound, and has not the array that is looked for."""


def _headers(path: Path) -> dict[str, Header]:
    """Shape and dtype of the arrays in a file, which has as many bytes as they say."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            return {path.name: _header(file, path.stat().st_size)}
    found = {}
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            with archive.open(info) as member:
                found[info.filename.removesuffix(".npy")] = _header(member, info.file_size)
    return found


def _header(file: IO[bytes], size: int) -> Header:
    version = np.lib.format.read_magic(file)  # type: ignore[no-untyped-call]
    read = np.lib.format.read_array_header_1_0
    if version != (1, 0):
        read = np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)  # type: ignore[no-untyped-call]
    if dtype.hasobject or math.prod(shape) * dtype.itemsize != size - file.tell():
        raise ValueError(f"it has {size} bytes for an array of shape {shape}")
    return shape, dtype


def quantize_text(report: dict[str, Any], source: Path, output: Path) -> str:
    """The report of `quantize_file` as text of at most 80 columns, but for long names."""
    shape = report["flattened"]
    flattened = f", each flattened from shape {tuple(shape)}" if shape else ""
    lines = [
        f"{source} -> {output}",
        f"calibrated on {report['samples']:,} samples{flattened}",
        "",
        f"{'':<34}{'FP32':>12}{'INT8':>12}{'INT8/FP32':>12}",
        line("parameter bytes", report["original_bytes"], report["quantized_bytes"]),
        line("file bytes", report["original_file_bytes"], report["quantized_file_bytes"]),
        "",
        *layer_table(report["layers"]),
        "",
        "SQNR is of a layer's whole output, worst that of the one output where it is",
        "lowest, on the first samples of the calibration data.",
    ]
    return "\n".join(each.rstrip() for each in lines)
